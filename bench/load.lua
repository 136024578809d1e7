-- For wrk: sends the requests listed in a file one after the other, each connection the next one, and checks the answers.
-- Arguments: the file of paths, the file of body sizes that an answer may have ("-" for any), the place to begin.
local requests, sizes, position = {}, nil, 0
wrong_size = 0

function init(arguments)
  wrk.headers["Accept"] = "application/sparql-results+json"
  wrk.headers["Host"] = wrk.host .. ":" .. wrk.port
  for path in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
  if arguments[2] ~= "-" then
    sizes = {}
    for size in io.lines(arguments[2]) do
      sizes[tonumber(size)] = true
    end
  end
  position = tonumber(arguments[3]) % #requests
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function response(status, headers, body)
  if status == 200 and sizes and not sizes[#body] then
    wrong_size = wrong_size + 1
  end
end

local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

function done(summary, latency)
  local wrong = 0
  for _, thread in ipairs(threads) do
    wrong = wrong + thread:get("wrong_size")
  end
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests": %d, "microseconds": %d, "bytes": %d, "p50": %d, "p99": %d, "most": %d, ' ..
    '"refused": %d, "broken": %d, "wrong_size": %d}\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99), latency.max,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout, wrong))
end
