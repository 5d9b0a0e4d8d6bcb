-- Shared by every script: the token, the ids of what is stored, and one line of figures at the end.
-- Arguments after `--`: a file with the token, and a file with one id a line.

local common = { ids = {} }

function common.init(args)
  local file = assert(io.open(args[1]))
  common.headers = {
    ["Authorization"] = "Bearer " .. file:read("*l"),
    ["Content-Type"] = "application/json",
  }
  file:close()
  for line in io.lines(args[2]) do
    common.ids[#common.ids + 1] = line
  end
  -- Each thread has its own state: the address of a table tells them apart.
  local seed = tonumber(tostring({}):match("0x(%x+)"), 16)
  math.randomseed(os.time() + seed % 1000003)
  common.start = math.random(1000000000)
  common.count = 0
end

function common.id()
  return common.ids[math.random(#common.ids)]
end

-- A number that no other request has.
function common.fresh()
  common.count = common.count + 1
  return common.start + common.count
end

function common.done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "figures requests=%d micros=%d p50=%d p99=%d max=%d failed=%d\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status))
end

return common
