-- GET of one action, chosen at random.
local common = require("common")

function init(args)
  common.init(args)
end

function request()
  return wrk.format("GET", "/beta/security/securityActions/" .. common.id(), common.headers)
end

function done(summary, latency)
  common.done(summary, latency)
end
