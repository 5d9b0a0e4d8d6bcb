-- PATCH of one action, chosen at random: progress that differs every time, so each is a durable change.
local common = require("common")

local body = '{"status":"Running","errorInfo":{"code":' .. common.NUMBER .. ',"subcode":1,"message":"progress '
  .. common.NUMBER .. '"}}'

function init(args)
  common.init(args)
  common.prepare("PATCH", "/beta/security/securityActions/" .. common.ID, body)
end

function request()
  local text, id = common.any()
  local number = common.fresh()
  return text[1] .. id .. text[2] .. number .. text[3] .. number .. text[4]
end

done = common.done
