extension TypeTable {
    /// PostgreSQL's facts of its types: number, name, length in bytes (`v`: passed by value), kind and category (`!`: preferred in it),
    /// the types of its elements and of its arrays, alignment and storage, and the name for people where it is another.
    static let facts = """
        16 bool 1v bB! 0 1000 cp boolean
        17 bytea -1 bU 0 1001 ix
        18 char 1v bZ 0 1002 cp \"char\"
        19 name 64 bS 18 1003 cp
        20 int8 8v bN 0 1016 dp bigint
        21 int2 2v bN 0 1005 sp smallint
        22 int2vector -1 bA 21 1006 ip
        23 int4 4v bN 0 1007 ip integer
        24 regproc 4v bN 0 1008 ip
        25 text -1 bS! 0 1009 ix
        26 oid 4v bN! 0 1028 ip
        27 tid 6 bU 0 1010 sp
        28 xid 4v bU 0 1011 ip
        29 cid 4v bU 0 1012 ip
        30 oidvector -1 bA 26 1013 ip
        114 json -1 bU 0 199 ix
        194 pg_node_tree -1 bZ 0 0 ix
        199 _json -1 bA 114 0 ix json[]
        271 _xid8 -1 bA 5069 0 dx xid8[]
        650 cidr -1 bI 0 651 im
        651 _cidr -1 bA 650 0 ix cidr[]
        700 float4 4v bN 0 1021 ip real
        701 float8 8v bN! 0 1022 dp double precision
        705 unknown -2 pX 0 0 cp
        869 inet -1 bI! 0 1041 im
        1000 _bool -1 bA 16 0 ix boolean[]
        1001 _bytea -1 bA 17 0 ix bytea[]
        1002 _char -1 bA 18 0 ix \"char\"[]
        1003 _name -1 bA 19 0 ix name[]
        1005 _int2 -1 bA 21 0 ix smallint[]
        1006 _int2vector -1 bA 22 0 ix int2vector[]
        1007 _int4 -1 bA 23 0 ix integer[]
        1008 _regproc -1 bA 24 0 ix regproc[]
        1009 _text -1 bA 25 0 ix text[]
        1010 _tid -1 bA 27 0 ix tid[]
        1011 _xid -1 bA 28 0 ix xid[]
        1012 _cid -1 bA 29 0 ix cid[]
        1013 _oidvector -1 bA 30 0 ix oidvector[]
        1014 _bpchar -1 bA 1042 0 ix character[]
        1015 _varchar -1 bA 1043 0 ix character varying[]
        1016 _int8 -1 bA 20 0 dx bigint[]
        1021 _float4 -1 bA 700 0 ix real[]
        1022 _float8 -1 bA 701 0 dx double precision[]
        1028 _oid -1 bA 26 0 ix oid[]
        1033 aclitem 12 bU 0 1034 ip
        1034 _aclitem -1 bA 1033 0 ix aclitem[]
        1041 _inet -1 bA 869 0 ix inet[]
        1042 bpchar -1 bS 0 1014 ix character
        1043 varchar -1 bS 0 1015 ix character varying
        1082 date 4v bD 0 1182 ip
        1083 time 8v bD 0 1183 dp time without time zone
        1114 timestamp 8v bD 0 1115 dp timestamp without time zone
        1115 _timestamp -1 bA 1114 0 dx timestamp without time zone[]
        1182 _date -1 bA 1082 0 ix date[]
        1183 _time -1 bA 1083 0 dx time without time zone[]
        1184 timestamptz 8v bD! 0 1185 dp timestamp with time zone
        1185 _timestamptz -1 bA 1184 0 dx timestamp with time zone[]
        1186 interval 16 bT! 0 1187 dp
        1187 _interval -1 bA 1186 0 dx interval[]
        1231 _numeric -1 bA 1700 0 ix numeric[]
        1263 _cstring -1 bA 2275 0 ix cstring[]
        1266 timetz 12 bD 0 1270 dp time with time zone
        1270 _timetz -1 bA 1266 0 dx time with time zone[]
        1560 bit -1 bV 0 1561 ix
        1561 _bit -1 bA 1560 0 ix bit[]
        1562 varbit -1 bV! 0 1563 ix bit varying
        1563 _varbit -1 bA 1562 0 ix bit varying[]
        1700 numeric -1 bN 0 1231 im
        1790 refcursor -1 bU 0 2201 ix
        2201 _refcursor -1 bA 1790 0 ix refcursor[]
        2202 regprocedure 4v bN 0 2207 ip
        2204 regoperator 4v bN 0 2209 ip
        2205 regclass 4v bN 0 2210 ip
        2206 regtype 4v bN 0 2211 ip
        2207 _regprocedure -1 bA 2202 0 ix regprocedure[]
        2209 _regoperator -1 bA 2204 0 ix regoperator[]
        2210 _regclass -1 bA 2205 0 ix regclass[]
        2211 _regtype -1 bA 2206 0 ix regtype[]
        2249 record -1 pP 0 2287 dx
        2275 cstring -2 pP 0 1263 cp
        2276 any 4v pP 0 0 ip \"any\"
        2277 anyarray -1 pP 0 0 dx
        2278 void 4v pP 0 0 ip
        2283 anyelement 4v pP 0 0 ip
        2287 _record -1 pP 2249 0 dx record[]
        2776 anynonarray 4v pP 0 0 ip
        2949 _txid_snapshot -1 bA 2970 0 dx txid_snapshot[]
        2950 uuid 16 bU 0 2951 cp
        2951 _uuid -1 bA 2950 0 ix uuid[]
        2970 txid_snapshot -1 bU 0 2949 dx
        3220 pg_lsn 8v bU 0 3221 dp
        3221 _pg_lsn -1 bA 3220 0 dx pg_lsn[]
        3500 anyenum 4v pP 0 0 ip
        3614 tsvector -1 bU 0 3643 ix
        3615 tsquery -1 bU 0 3645 ip
        3643 _tsvector -1 bA 3614 0 ix tsvector[]
        3645 _tsquery -1 bA 3615 0 ix tsquery[]
        3734 regconfig 4v bN 0 3735 ip
        3735 _regconfig -1 bA 3734 0 ix regconfig[]
        3769 regdictionary 4v bN 0 3770 ip
        3770 _regdictionary -1 bA 3769 0 ix regdictionary[]
        3802 jsonb -1 bU 0 3807 ix
        3807 _jsonb -1 bA 3802 0 ix jsonb[]
        4072 jsonpath -1 bU 0 4073 ix
        4073 _jsonpath -1 bA 4072 0 ix jsonpath[]
        4089 regnamespace 4v bN 0 4090 ip
        4090 _regnamespace -1 bA 4089 0 ix regnamespace[]
        4096 regrole 4v bN 0 4097 ip
        4097 _regrole -1 bA 4096 0 ix regrole[]
        5038 pg_snapshot -1 bU 0 5039 dx
        5039 _pg_snapshot -1 bA 5038 0 dx pg_snapshot[]
        5069 xid8 8v bU 0 271 dp
        5077 anycompatible 4v pP 0 0 ip
        5078 anycompatiblearray -1 pP 0 0 dx
        5079 anycompatiblenonarray 4v pP 0 0 ip
        """
}
