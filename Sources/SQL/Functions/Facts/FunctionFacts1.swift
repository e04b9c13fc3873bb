extension FunctionTable {
    /// PostgreSQL's facts of its functions from _pg_char_max_length to int2shr: the name, and for each function of the name its number, arguments
    /// and result, then letters (`n` not strict, `s` stable, `v` volatile, `r` returns rows, `x` variadic, `a` an aggregate, `w` a window function),
    /// the arguments' names in parentheses, the columns of its rows in brackets, and how many arguments have which defaults.
    static let facts1 = """
        _pg_char_max_length 13212 oid,int4>int4
        _pg_char_octet_length 13213 oid,int4>int4
        _pg_datetime_precision 13218 oid,int4>int4
        _pg_expandarray 13208 int2vector>record r [x:int2,n:int4]
        _pg_interval_type 13219 oid,int4>text
        _pg_numeric_precision 13215 oid,int4>int4
        _pg_numeric_precision_radix 13216 oid,int4>int4
        _pg_numeric_scale 13217 oid,int4>int4
        abbrev 598 inet>text; 599 cidr>text
        abs 1394 float4>float4; 1395 float8>float8; 1396 int8>int8; 1397 int4>int4; 1398 int2>int2; 1705 numeric>numeric
        aclcontains 1037 _aclitem,aclitem>bool
        acldefault 3943 char,oid>_aclitem
        aclexplode 1689 _aclitem>record sr [grantor:oid,grantee:oid,privilege_type:text,is_grantable:bool]
        aclinsert 1035 _aclitem,aclitem>_aclitem
        aclitemeq 1062 aclitem,aclitem>bool
        aclremove 1036 _aclitem,aclitem>_aclitem
        acos 1601 float8>float8
        acosd 2732 float8>float8
        acosh 2466 float8>float8
        age 1181 xid>int4 s; 1199 timestamptz,timestamptz>interval; 1386 timestamptz>interval s; 2058 timestamp,timestamp>interval;
          2059 timestamp>interval s
        anytextcat 2004 anynonarray,text>text s
        array_agg 2335 anynonarray>anyarray na; 4053 anyarray>anyarray na
        array_append 378 anycompatiblearray,anycompatible>anycompatiblearray n
        array_cat 383 anycompatiblearray,anycompatiblearray>anycompatiblearray n
        array_dims 747 anyarray>text
        array_eq 744 anyarray,anyarray>bool
        array_fill 1193 anyelement,_int4>anyarray n; 1286 anyelement,_int4,_int4>anyarray n
        array_ge 396 anyarray,anyarray>bool
        array_gt 392 anyarray,anyarray>bool
        array_le 393 anyarray,anyarray>bool
        array_length 2176 anyarray,int4>int4
        array_lower 2091 anyarray,int4>int4
        array_lt 391 anyarray,anyarray>bool
        array_ndims 748 anyarray>int4
        array_ne 390 anyarray,anyarray>bool
        array_position 3277 anycompatiblearray,anycompatible>int4 n; 3278 anycompatiblearray,anycompatible,int4>int4 n
        array_positions 3279 anycompatiblearray,anycompatible>_int4 n
        array_prepend 379 anycompatible,anycompatiblearray>anycompatiblearray n
        array_remove 3167 anycompatiblearray,anycompatible>anycompatiblearray n
        array_replace 3168 anycompatiblearray,anycompatible,anycompatible>anycompatiblearray n
        array_to_json 3153 anyarray>json s; 3154 anyarray,bool>json s
        array_to_string 384 anyarray,text,text>text ns; 395 anyarray,text>text s
        array_upper 2092 anyarray,int4>int4
        arraycontained 2749 anyarray,anyarray>bool
        arraycontains 2748 anyarray,anyarray>bool
        arrayoverlap 2747 anyarray,anyarray>bool
        ascii 1620 text>int4
        asin 1600 float8>float8
        asind 2731 float8>float8
        asinh 2465 float8>float8
        atan 1602 float8>float8
        atan2 1603 float8,float8>float8
        atan2d 2734 float8,float8>float8
        atand 2733 float8>float8
        atanh 2467 float8>float8
        avg 2100 int8>numeric na; 2101 int4>numeric na; 2102 int2>numeric na; 2103 numeric>numeric na; 2104 float4>float8 na; 2105
          float8>float8 na; 2106 interval>interval na
        bit_and 2236 int2>int2 na; 2238 int4>int4 na; 2240 int8>int8 na
        bit_count 6163 bytea>int8
        bit_length 1810 bytea>int4; 1811 text>int4
        bit_or 2237 int2>int2 na; 2239 int4>int4 na; 2241 int8>int8 na
        bit_xor 6164 int2>int2 na; 6165 int4>int4 na; 6166 int8>int8 na
        bool 2557 int4>bool; 3556 jsonb>bool
        bool_and 2517 bool>bool na
        bool_or 2518 bool>bool na
        booland_statefunc 2515 bool,bool>bool
        booleq 60 bool,bool>bool
        boolge 1692 bool,bool>bool
        boolgt 57 bool,bool>bool
        boolle 1691 bool,bool>bool
        boollt 56 bool,bool>bool
        boolne 84 bool,bool>bool
        boolor_statefunc 2516 bool,bool>bool
        boolsend 2437 bool>bytea
        bpchar 408 name>bpchar; 668 bpchar,int4,bool>bpchar; 860 char>bpchar
        bpcharcmp 1078 bpchar,bpchar>int4
        bpchareq 1048 bpchar,bpchar>bool
        bpcharge 1052 bpchar,bpchar>bool
        bpchargt 1051 bpchar,bpchar>bool
        bpchariclike 1660 bpchar,text>bool
        bpcharicnlike 1661 bpchar,text>bool
        bpcharicregexeq 1656 bpchar,text>bool
        bpcharicregexne 1657 bpchar,text>bool
        bpcharle 1050 bpchar,bpchar>bool
        bpcharlike 1631 bpchar,text>bool
        bpcharlt 1049 bpchar,bpchar>bool
        bpchar_pattern_ge 2177 bpchar,bpchar>bool
        bpchar_pattern_gt 2178 bpchar,bpchar>bool
        bpchar_pattern_le 2175 bpchar,bpchar>bool
        bpchar_pattern_lt 2174 bpchar,bpchar>bool
        bpcharne 1053 bpchar,bpchar>bool
        bpcharnlike 1632 bpchar,text>bool
        bpcharregexeq 1658 bpchar,text>bool
        bpcharregexne 1659 bpchar,text>bool
        broadcast 698 inet>inet
        btrim 884 text,text>text; 885 text>text; 2015 bytea,bytea>bytea
        byteacat 2011 bytea,bytea>bytea
        byteacmp 1954 bytea,bytea>int4
        byteaeq 1948 bytea,bytea>bool
        byteage 1952 bytea,bytea>bool
        byteagt 1951 bytea,bytea>bool
        byteale 1950 bytea,bytea>bool
        bytealike 2005 bytea,bytea>bool
        bytealt 1949 bytea,bytea>bool
        byteane 1953 bytea,bytea>bool
        byteanlike 2006 bytea,bytea>bool
        cardinality 3179 anyarray>int4
        cbrt 1345 float8>float8
        ceil 1711 numeric>numeric; 2308 float8>float8
        ceiling 2167 numeric>numeric; 2320 float8>float8
        char 78 int4>char; 944 text>char
        char_length 1372 bpchar>int4; 1381 text>int4
        character_length 1367 bpchar>int4; 1369 text>int4
        chareq 61 char,char>bool
        charge 74 char,char>bool
        chargt 73 char,char>bool
        charle 72 char,char>bool
        charlt 1246 char,char>bool
        charne 70 char,char>bool
        chr 1621 int4>text
        cideq 69 cid,cid>bool
        cidr 1715 inet>cidr
        clock_timestamp 2649 >timestamptz v
        col_description 1216 oid,int4>text s
        concat 3058 any>text nsx
        concat_ws 3059 text,any>text nsx
        convert 1813 bytea,name,name>bytea s
        convert_from 1714 bytea,name>text s
        convert_to 1717 text,name>bytea s
        corr 2829 float8,float8>float8 na
        cos 1605 float8>float8
        cosd 2736 float8>float8
        cosh 2463 float8>float8
        cot 1607 float8>float8
        cotd 2738 float8>float8
        count 2147 any>int8 na; 2803 >int8 na
        covar_pop 2827 float8,float8>float8 na
        covar_samp 2828 float8,float8>float8 na
        cume_dist 3104 >float8 nw; 3990 any>float8 nxa
        current_database 861 >name s
        current_query 817 >text nv
        current_schema 1402 >name s
        current_schemas 1403 bool>_name s
        current_setting 2077 text>text s; 3294 text,bool>text s
        current_user 745 >name s
        currval 1575 regclass>int8 v
        date 1178 timestamptz>date s; 2029 timestamp>date
        date_bin 6177 interval,timestamp,timestamp>timestamp; 6178 interval,timestamptz,timestamptz>timestamptz
        date_cmp 1092 date,date>int4
        date_cmp_timestamp 2344 date,timestamp>int4
        date_cmp_timestamptz 2357 date,timestamptz>int4 s
        date_eq 1086 date,date>bool
        date_eq_timestamp 2340 date,timestamp>bool
        date_eq_timestamptz 2353 date,timestamptz>bool s
        date_ge 1090 date,date>bool
        date_ge_timestamp 2342 date,timestamp>bool
        date_ge_timestamptz 2355 date,timestamptz>bool s
        date_gt 1089 date,date>bool
        date_gt_timestamp 2341 date,timestamp>bool
        date_gt_timestamptz 2354 date,timestamptz>bool s
        date_le 1088 date,date>bool
        date_le_timestamp 2339 date,timestamp>bool
        date_le_timestamptz 2352 date,timestamptz>bool s
        date_lt 1087 date,date>bool
        date_lt_timestamp 2338 date,timestamp>bool
        date_lt_timestamptz 2351 date,timestamptz>bool s
        date_mi 1140 date,date>int4
        date_mi_interval 2072 date,interval>timestamp
        date_mii 1142 date,int4>date
        date_ne 1091 date,date>bool
        date_ne_timestamp 2343 date,timestamp>bool
        date_ne_timestamptz 2356 date,timestamptz>bool s
        date_part 1171 text,timestamptz>float8 s; 1172 text,interval>float8; 1273 text,timetz>float8; 1384 text,date>float8; 1385
          text,time>float8; 2021 text,timestamp>float8
        date_pl_interval 2071 date,interval>timestamp
        date_pli 1141 date,int4>date
        date_send 2469 date>bytea
        date_trunc 1217 text,timestamptz>timestamptz s; 1218 text,interval>interval; 1284 text,timestamptz,text>timestamptz s; 2020
          text,timestamp>timestamp
        datetime_pl 1272 date,time>timestamp
        datetimetz_pl 1297 date,timetz>timestamptz
        dcbrt 231 float8>float8
        decode 1947 text,text>bytea
        degrees 1608 float8>float8
        dense_rank 3102 >int8 nw; 3992 any>int8 nxa
        dexp 233 float8>float8
        div 1973 numeric,numeric>numeric
        dlog1 234 float8>float8
        dlog10 1339 float8>float8
        dpow 232 float8,float8>float8
        dround 228 float8>float8
        dsqrt 230 float8>float8
        dtrunc 229 float8>float8
        encode 1946 bytea,text>text
        enum_cmp 3514 anyenum,anyenum>int4
        enum_eq 3508 anyenum,anyenum>bool
        enum_first 3528 anyenum>anyenum ns
        enum_ge 3513 anyenum,anyenum>bool
        enum_gt 3511 anyenum,anyenum>bool
        enum_last 3529 anyenum>anyenum ns
        enum_le 3512 anyenum,anyenum>bool
        enum_lt 3510 anyenum,anyenum>bool
        enum_ne 3509 anyenum,anyenum>bool
        enum_range 3530 anyenum,anyenum>anyarray ns; 3531 anyenum>anyarray ns
        every 2519 bool>bool na
        exp 1347 float8>float8; 1732 numeric>numeric
        extract 6199 text,date>numeric; 6200 text,time>numeric; 6201 text,timetz>numeric; 6202 text,timestamp>numeric; 6203
          text,timestamptz>numeric s; 6204 text,interval>numeric
        factorial 1376 int8>numeric
        family 711 inet>int4
        first_value 3112 anyelement>anyelement w
        float4 236 int2>float4; 312 float8>float4; 318 int4>float4; 652 int8>float4; 1745 numeric>float4; 3453 jsonb>float4
        float48div 280 float4,float8>float8
        float48eq 299 float4,float8>bool
        float48ge 304 float4,float8>bool
        float48gt 303 float4,float8>bool
        float48le 302 float4,float8>bool
        float48lt 301 float4,float8>bool
        float48mi 282 float4,float8>float8
        float48mul 279 float4,float8>float8
        float48ne 300 float4,float8>bool
        float48pl 281 float4,float8>float8
        float4abs 207 float4>float4
        float4div 203 float4,float4>float4
        float4eq 287 float4,float4>bool
        float4ge 292 float4,float4>bool
        float4gt 291 float4,float4>bool
        float4le 290 float4,float4>bool
        float4lt 289 float4,float4>bool
        float4mi 205 float4,float4>float4
        float4mul 202 float4,float4>float4
        float4ne 288 float4,float4>bool
        float4pl 204 float4,float4>float4
        float4send 2425 float4>bytea
        float4um 206 float4>float4
        float4up 1913 float4>float4
        float8 235 int2>float8; 311 float4>float8; 316 int4>float8; 482 int8>float8; 1746 numeric>float8; 2580 jsonb>float8
        float84div 284 float8,float4>float8
        float84eq 305 float8,float4>bool
        float84ge 310 float8,float4>bool
        float84gt 309 float8,float4>bool
        float84le 308 float8,float4>bool
        float84lt 307 float8,float4>bool
        float84mi 286 float8,float4>float8
        float84mul 283 float8,float4>float8
        float84ne 306 float8,float4>bool
        float84pl 285 float8,float4>float8
        float8_accum 222 _float8,float8>_float8
        float8_combine 276 _float8,_float8>_float8
        float8_regr_accum 2806 _float8,float8,float8>_float8
        float8_regr_combine 3342 _float8,_float8>_float8
        float8abs 221 float8>float8
        float8div 217 float8,float8>float8
        float8eq 293 float8,float8>bool
        float8ge 298 float8,float8>bool
        float8gt 297 float8,float8>bool
        float8le 296 float8,float8>bool
        float8lt 295 float8,float8>bool
        float8mi 219 float8,float8>float8
        float8mul 216 float8,float8>float8
        float8ne 294 float8,float8>bool
        float8pl 218 float8,float8>float8
        float8send 2427 float8>bytea
        float8um 220 float8>float8
        float8up 1914 float8>float8
        floor 1712 numeric>numeric; 2309 float8>float8
        format 3539 text,any>text nsx; 3540 text>text ns
        format_type 1081 oid,int4>text ns
        gcd 5044 int4,int4>int4; 5045 int8,int8>int8; 5048 numeric,numeric>numeric
        gen_random_uuid 3432 >uuid v
        generate_series 938 timestamp,timestamp,interval>timestamp r; 939 timestamptz,timestamptz,interval>timestamptz sr; 1066
          int4,int4,int4>int4 r; 1067 int4,int4>int4 r; 1068 int8,int8,int8>int8 r; 1069 int8,int8>int8 r; 3259
          numeric,numeric,numeric>numeric r; 3260 numeric,numeric>numeric r
        generate_subscripts 1191 anyarray,int4,bool>int4 r; 1192 anyarray,int4>int4 r
        get_bit 723 bytea,int8>int4
        get_byte 721 bytea,int4>int4
        getdatabaseencoding 1039 >name s
        has_any_column_privilege 3024 name,text,text>bool s; 3025 name,oid,text>bool s; 3026 oid,text,text>bool s; 3027
          oid,oid,text>bool s; 3028 text,text>bool s; 3029 oid,text>bool s
        has_column_privilege 3012 name,text,text,text>bool s; 3013 name,text,int2,text>bool s; 3014 name,oid,text,text>bool s; 3015
          name,oid,int2,text>bool s; 3016 oid,text,text,text>bool s; 3017 oid,text,int2,text>bool s; 3018 oid,oid,text,text>bool s; 3019
          oid,oid,int2,text>bool s; 3020 text,text,text>bool s; 3021 text,int2,text>bool s; 3022 oid,text,text>bool s; 3023
          oid,int2,text>bool s
        has_database_privilege 2250 name,text,text>bool s; 2251 name,oid,text>bool s; 2252 oid,text,text>bool s; 2253
          oid,oid,text>bool s; 2254 text,text>bool s; 2255 oid,text>bool s
        has_function_privilege 2256 name,text,text>bool s; 2257 name,oid,text>bool s; 2258 oid,text,text>bool s; 2259
          oid,oid,text>bool s; 2260 text,text>bool s; 2261 oid,text>bool s
        has_schema_privilege 2268 name,text,text>bool s; 2269 name,oid,text>bool s; 2270 oid,text,text>bool s; 2271 oid,oid,text>bool
          s; 2272 text,text>bool s; 2273 oid,text>bool s
        has_sequence_privilege 2181 name,text,text>bool s; 2182 name,oid,text>bool s; 2183 oid,text,text>bool s; 2184
          oid,oid,text>bool s; 2185 text,text>bool s; 2186 oid,text>bool s
        has_table_privilege 1922 name,text,text>bool s; 1923 name,oid,text>bool s; 1924 oid,text,text>bool s; 1925 oid,oid,text>bool
          s; 1926 text,text>bool s; 1927 oid,text>bool s
        has_tablespace_privilege 2390 name,text,text>bool s; 2391 name,oid,text>bool s; 2392 oid,text,text>bool s; 2393
          oid,oid,text>bool s; 2394 text,text>bool s; 2395 oid,text>bool s
        has_type_privilege 3138 name,text,text>bool s; 3139 name,oid,text>bool s; 3140 oid,text,text>bool s; 3141 oid,oid,text>bool s;
          3142 text,text>bool s; 3143 oid,text>bool s
        host 699 inet>text
        hostmask 1362 inet>inet
        inet_client_addr 2196 >inet ns
        inet_client_port 2197 >int4 ns
        inet_merge 4063 inet,inet>cidr
        inet_same_family 4071 inet,inet>bool
        inet_server_addr 2198 >inet ns
        inet_server_port 2199 >int4 ns
        inetand 2628 inet,inet>inet
        inetmi 2633 inet,inet>int8
        inetmi_int8 2632 inet,int8>inet
        inetnot 2627 inet>inet
        inetor 2629 inet,inet>inet
        inetpl 2630 inet,int8>inet
        initcap 872 text>text
        int2 237 float8>int2; 238 float4>int2; 314 int4>int2; 714 int8>int2; 1783 numeric>int2; 3450 jsonb>int2
        int24div 172 int2,int4>int4
        int24eq 158 int2,int4>bool
        int24ge 168 int2,int4>bool
        int24gt 162 int2,int4>bool
        int24le 166 int2,int4>bool
        int24lt 160 int2,int4>bool
        int24mi 182 int2,int4>int4
        int24mul 170 int2,int4>int4
        int24ne 164 int2,int4>bool
        int24pl 178 int2,int4>int4
        int28div 948 int2,int8>int8
        int28eq 1850 int2,int8>bool
        int28ge 1855 int2,int8>bool
        int28gt 1853 int2,int8>bool
        int28le 1854 int2,int8>bool
        int28lt 1852 int2,int8>bool
        int28mi 942 int2,int8>int8
        int28mul 943 int2,int8>int8
        int28ne 1851 int2,int8>bool
        int28pl 841 int2,int8>int8
        int2abs 1253 int2>int2
        int2and 1892 int2,int2>int2
        int2div 153 int2,int2>int2
        int2eq 63 int2,int2>bool
        int2ge 151 int2,int2>bool
        int2gt 146 int2,int2>bool
        int2le 148 int2,int2>bool
        int2lt 64 int2,int2>bool
        int2mi 180 int2,int2>int2
        int2mod 155 int2,int2>int2
        int2mul 152 int2,int2>int2
        int2ne 145 int2,int2>bool
        int2not 1895 int2>int2
        int2or 1893 int2,int2>int2
        int2pl 176 int2,int2>int2
        int2send 2405 int2>bytea
        int2shl 1896 int2,int4>int2
        int2shr 1897 int2,int4>int2
        """
}
