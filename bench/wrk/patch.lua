-- PATCH of one action, chosen at random: progress that differs every time, so each is a durable change.
local common = require("common")

function init(args)
  common.init(args)
end

function request()
  local number = common.fresh()
  local body = string.format(
    '{"status":"Running","errorInfo":{"code":%d,"subcode":1,"message":"progress %d"}}', number % 2147483647, number)
  return wrk.format("PATCH", "/beta/security/securityActions/" .. common.id(), common.headers, body)
end

function done(summary, latency)
  common.done(summary, latency)
end
