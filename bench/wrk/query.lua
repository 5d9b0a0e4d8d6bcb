-- A list page by the query that the variable BENCH_QUERY has.
require("common").page(os.getenv("BENCH_QUERY"))
