-- The same page of a server whose own order is another.
local common = require("common")

function init(args)
  common.init(args)
  common.prepare("GET", "/beta/security/securityActions?$top=50&$orderby=createdDateTime%20desc")
end

function request()
  return common.any()[1]
end

function done(summary, latency)
  common.done(summary, latency)
end
