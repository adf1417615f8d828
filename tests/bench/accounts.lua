-- SPDX-License-Identifier: MIT
-- Fetches a Fleet of each of many accounts in turn. Argument: a file with an authorization, a tab
-- and a path a line.
local requests = {}
local count = 0

function init(arguments)
	for line in io.lines(arguments[1]) do
		local authorization, path = line:match("^(.-)\t(.*)$")
		requests[#requests + 1] = wrk.format("GET", path, { ["Authorization"] = authorization })
	end
end

function request()
	count = count + 1
	return requests[count % #requests + 1]
end
