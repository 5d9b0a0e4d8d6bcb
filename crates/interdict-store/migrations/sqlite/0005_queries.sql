-- The query language: its functions are the program's own here. PostgreSQL's twin has them in the database.
SELECT 1;
