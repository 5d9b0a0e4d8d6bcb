-- The query language: what PostgreSQL would compute otherwise than the language has it. SQLite's twins are functions of the
-- program. Numbers are bigint, decimals count ten-millionths, times are ticks of 100 ns; what does not fit is null.

CREATE FUNCTION odata_fit(numeric) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
    $$ SELECT CASE WHEN $1 BETWEEN -9223372036854775808 AND 9223372036854775807 THEN $1::bigint END $$;

CREATE FUNCTION odata_add(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT odata_fit($1::numeric + $2) $$;
CREATE FUNCTION odata_sub(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT odata_fit($1::numeric - $2) $$;
CREATE FUNCTION odata_mul(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT odata_fit($1::numeric * $2) $$;
CREATE FUNCTION odata_div(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT odata_fit(div($1::numeric, nullif($2, 0)::numeric)) $$;
CREATE FUNCTION odata_mod(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT $1 % nullif($2, 0) $$;
CREATE FUNCTION odata_mul_units(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT odata_fit(div($1::numeric * $2, 10000000)) $$;
CREATE FUNCTION odata_div_units(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT odata_fit(div($1::numeric * 10000000, nullif($2, 0)::numeric)) $$;
CREATE FUNCTION odata_neg(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT odata_fit(-($1::numeric)) $$;
CREATE FUNCTION odata_int32(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT CASE WHEN $1 BETWEEN -2147483648 AND 2147483647 THEN $1 END $$;
CREATE FUNCTION odata_round(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT odata_fit($1::numeric - $1 % 10000000
        + CASE WHEN abs($1 % 10000000) >= 5000000 THEN sign($1::numeric) * 10000000 ELSE 0 END) $$;
CREATE FUNCTION odata_floor(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT odata_fit($1::numeric - ($1 % 10000000 + 10000000) % 10000000) $$;
CREATE FUNCTION odata_ceiling(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT odata_fit($1::numeric + (10000000 - $1 % 10000000) % 10000000) $$;

CREATE FUNCTION odata_contains(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT strpos($1, $2) > 0 $$;
CREATE FUNCTION odata_startswith(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT starts_with($1, $2) $$;
CREATE FUNCTION odata_endswith(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT right($1, length($2)) = $2 COLLATE "C" $$;
CREATE FUNCTION odata_indexof(text, text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT strpos($1, $2)::bigint - 1 $$;
CREATE FUNCTION odata_length(text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT length($1)::bigint $$;
CREATE FUNCTION odata_substring(text, bigint) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
    $$ SELECT substr($1, CASE WHEN $2 < 0 THEN greatest($2 + length($1), 0) ELSE least($2, 1073741824) END::int + 1) $$;
CREATE FUNCTION odata_substring(text, bigint, bigint) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
    $$ SELECT substr($1, CASE WHEN $2 < 0 THEN greatest($2 + length($1), 0) ELSE least($2, 1073741824) END::int + 1,
        least(greatest($3, 0), 1073741824)::int) $$;
CREATE FUNCTION odata_tolower(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT lower($1 COLLATE "C") $$;
CREATE FUNCTION odata_toupper(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT upper($1 COLLATE "C") $$;
-- Unicode's White_Space.
CREATE FUNCTION odata_trim(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT btrim($1, E'\t\n\x0b\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000') $$;
CREATE FUNCTION odata_guid(uuid) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT $1::text $$;

CREATE FUNCTION odata_time(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT ($1 % 864000000000 + 864000000000) % 864000000000 $$;
CREATE FUNCTION odata_date(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT $1 - odata_time($1) $$;
CREATE FUNCTION odata_year(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT extract(year FROM date '1970-01-01' + (odata_date($1) / 864000000000)::int)::bigint $$;
CREATE FUNCTION odata_month(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT extract(month FROM date '1970-01-01' + (odata_date($1) / 864000000000)::int)::bigint $$;
CREATE FUNCTION odata_day(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT extract(day FROM date '1970-01-01' + (odata_date($1) / 864000000000)::int)::bigint $$;
CREATE FUNCTION odata_hour(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT odata_time($1) / 36000000000 $$;
CREATE FUNCTION odata_minute(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT odata_time($1) / 600000000 % 60 $$;
CREATE FUNCTION odata_second(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT odata_time($1) / 10000000 % 60 $$;
CREATE FUNCTION odata_fractionalseconds(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT odata_time($1) % 10000000 $$;
-- From the year 1 to the last tick of 9999.
CREATE FUNCTION odata_instant(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT CASE WHEN $1 BETWEEN -621355968000000000 AND 2534023007999999999 THEN $1 END $$;
CREATE FUNCTION odata_midnight(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT odata_date(odata_instant($1)) $$;
-- An instant as documents have it: seconds, a point, seven digits.
CREATE FUNCTION odata_ticks(text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT extract(epoch FROM left($1, 19)::timestamp)::bigint * 10000000 + substr($1, 21, 7)::bigint $$;
-- The first 8 bytes of a text's SHA-256.
CREATE FUNCTION odata_key(text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT ('x' || left(encode(sha256(convert_to($1, 'UTF8')), 'hex'), 16))::bit(64)::bigint $$;

-- What lists are asked for most; each is read in its order, newest first.
CREATE INDEX action_by_status ON action (tenant, status, created DESC, id);
CREATE INDEX action_by_name ON action (tenant, name, created DESC, id);
CREATE INDEX action_by_provider ON action (tenant, vendor_provider, created DESC, id);
CREATE INDEX action_by_user ON action (tenant, user_name, created DESC, id) WHERE user_name IS NOT NULL;
CREATE INDEX action_by_context ON action (tenant, client_context, created DESC, id) WHERE client_context IS NOT NULL;
-- And for what changed since.
CREATE INDEX action_by_change ON action (tenant, last_action, id);

-- The values of actions' parameters: `value` is the first 8 bytes of its SHA-256. What else is asked of a parameter is read
-- in the document.
CREATE TABLE parameter (
    tenant bigint NOT NULL,
    value bigint NOT NULL,
    action uuid NOT NULL,
    PRIMARY KEY (tenant, value, action)
);
INSERT INTO parameter (tenant, value, action)
    SELECT DISTINCT action.tenant, odata_key(given.value ->> 'value'), action.id
    FROM action, json_array_elements(CAST(action.doc AS json) -> 'parameters') AS given(value)
    WHERE given.value ->> 'value' IS NOT NULL;
