-- POST of a new action, about 1.2 KB once it is stored.
local common = require("common")

local filing = '{"name":"BlockIp","actionReason":"' .. string.rep("seen in an alert; ", 20) .. '",'
  .. '"parameters":[{"name":"IP","value":"10.1.2.3"},{"name":"comment","value":"run ' .. common.NUMBER .. '"}],'
  .. '"vendorInformation":{"provider":"Windows Defender ATP","providerVersion":"4.18","vendor":"Microsoft"}}'

function init(args)
  common.init(args)
  common.prepare("POST", "/beta/security/securityActions", filing)
end

function request()
  local text = common.any()
  return text[1] .. common.fresh() .. text[2]
end

done = common.done
