-- GET of one action, chosen at random.
local common = require("common")

function init(args)
  common.init(args)
  common.prepare("GET", "/beta/security/securityActions/" .. common.ID)
end

function request()
  local text, id = common.any()
  return text[1] .. id .. text[2]
end

done = common.done
