-- The same page of a server whose own order is another.
require("common").page("$top=50&$orderby=createdDateTime%20desc")
