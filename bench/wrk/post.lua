-- POST of a new action, about 1.2 KB once it is stored.
local common = require("common")

local filing = '{"name":"BlockIp","actionReason":"' .. string.rep("seen in an alert; ", 20) .. '",'
  .. '"parameters":[{"name":"IP","value":"10.1.2.%d"},{"name":"comment","value":"run %d"}],'
  .. '"vendorInformation":{"provider":"Windows Defender ATP","providerVersion":"4.18","vendor":"Microsoft"}}'

function init(args)
  common.init(args)
end

function request()
  local number = common.fresh()
  local body = string.format(filing, number % 256, number)
  return wrk.format("POST", "/beta/security/securityActions", common.headers, body)
end

function done(summary, latency)
  common.done(summary, latency)
end
