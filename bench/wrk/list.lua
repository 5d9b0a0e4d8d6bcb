-- A list page of 50, newest first.
require("common").page("$top=50")
