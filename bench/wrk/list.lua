-- A list page of 50, newest first.
local common = require("common")

function init(args)
  common.init(args)
end

function request()
  return wrk.format("GET", "/beta/security/securityActions?$top=50", common.headers)
end

function done(summary, latency)
  common.done(summary, latency)
end
