-- SPDX-License-Identifier: MIT
-- Creates Fleets with names of their own. Arguments: authorization, profile SID, run number.
local count = 0
local authorization, profile, run

function init(arguments)
	authorization, profile, run = arguments[1], arguments[2], arguments[3]
end

function request()
	count = count + 1
	return wrk.format("POST", nil, {
		["Authorization"] = authorization,
		["Content-Type"] = "application/x-www-form-urlencoded",
	}, "NetworkAccessProfile=" .. profile .. "&UniqueName=run-" .. run .. "-" .. count)
end
