-- A list page of 50, newest first.
local common = require("common")

function init(args)
  common.init(args)
  common.prepare("GET", "/beta/security/securityActions?$top=50")
end

function request()
  return common.any()[1]
end

function done(summary, latency)
  common.done(summary, latency)
end
