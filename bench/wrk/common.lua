-- Shared by every script: whose token asks for which action, requests whose constant parts are made once, and one
-- line of figures at the end.
-- Arguments after `--`: a file with one token a line, and a file with a line `N ID` for each action: the number of the
-- token that may have it, and its id. Its lines are equally long.

local common = {
  -- These stand in a request for what differs from one to the next, and are as long as that.
  ID = string.rep("@", 36),
  NUMBER = string.rep("#", 10),
  -- For each token, the texts between the marks of a request.
  texts = {},
}

local lines, width, count

function common.init(args)
  common.tokens = {}
  for line in io.lines(args[1]) do
    common.tokens[#common.tokens + 1] = line
  end
  local file = assert(io.open(args[2], "rb"))
  -- One string, and no table of a million: the collector would walk that again and again, and answers would wait.
  lines = file:read("*a")
  file:close()
  width = lines:find("\n", 1, true)
  count = #lines / width
  -- Each thread has its own state: the address of a table tells them apart.
  local seed = tonumber(tostring({}):match("0x(%x+)"), 16)
  math.randomseed(os.time() + seed % 1000003)
  -- Ten digits, and fewer than 2^31 for as long as a run may last.
  common.last = math.random(1000000000, 2000000000)
end

-- Makes what is constant in a request, for each token.
function common.prepare(method, path, body)
  for number, token in ipairs(common.tokens) do
    local headers = { ["Authorization"] = "Bearer " .. token }
    if body then
      headers["Content-Type"] = "application/json"
    end
    local texts = {}
    for text in (wrk.format(method, path, headers, body) .. "@"):gmatch("([^@#]*)[@#]+") do
      texts[#texts + 1] = text
    end
    common.texts[number] = texts
  end
end

-- The texts and the id of an action that is chosen at random.
function common.any()
  local at = math.random(0, count - 1) * width
  local space = lines:find(" ", at + 1, true)
  return common.texts[tonumber(lines:sub(at + 1, space - 1))], lines:sub(space + 1, at + width - 1)
end

-- A number that no other request has.
function common.fresh()
  common.last = common.last + 1
  return common.last
end

function common.done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "figures requests=%d micros=%d p50=%d p99=%d max=%d failed=%d\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status))
end

-- The whole script of those that ask for one page.
function common.page(query)
  function init(args)
    common.init(args)
    common.prepare("GET", "/beta/security/securityActions?" .. query)
  end

  function request()
    return common.any()[1]
  end

  done = common.done
end

return common
