-- SPDX-License-Identifier: MIT
-- Changes a Fleet's data limit again and again. Argument: authorization.
local count = 0
local authorization

function init(arguments)
	authorization = arguments[1]
end

function request()
	count = count + 1
	return wrk.format("POST", nil, {
		["Authorization"] = authorization,
		["Content-Type"] = "application/x-www-form-urlencoded",
	}, "DataLimit=" .. (count % 1000 + 1))
end
