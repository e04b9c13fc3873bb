extension FunctionTable {
    /// PostgreSQL's facts of its functions from pg_current_xact_id to xidneqint4: the name, and for each function of the name its number, arguments and result,
    /// then letters (`n` not strict, `s` stable, `v` volatile, `r` returns rows, `x` variadic, `a` an aggregate, `w` a window function),
    /// the arguments' names in parentheses, the columns of its rows in brackets, and how many arguments have which defaults.
    static let facts3 = """
        pg_current_xact_id 5059 >xid8 s
        pg_current_xact_id_if_assigned 5060 >xid8 s
        pg_database_size 2168 name>int8 v; 2324 oid>int8 v
        pg_describe_object 3537 oid,oid,int4>text s
        pg_encoding_max_length 2319 int4>int4
        pg_encoding_to_char 1597 int4>name s
        pg_export_snapshot 3809 >text v
        pg_function_is_visible 2081 oid>bool s
        pg_get_constraintdef 1387 oid>text s; 2508 oid,bool>text s
        pg_get_expr 1716 pg_node_tree,oid>text s; 2509 pg_node_tree,oid,bool>text s
        pg_get_function_arg_default 3808 oid,int4>text s
        pg_get_function_arguments 2162 oid>text s
        pg_get_function_identity_arguments 2232 oid>text s
        pg_get_function_result 2165 oid>text s
        pg_get_function_sqlbody 6197 oid>text s
        pg_get_functiondef 2098 oid>text s
        pg_get_indexdef 1643 oid>text s; 2507 oid,int4,bool>text s
        pg_get_keywords 1686 >record sr [word:text,catcode:char,barelabel:bool,catdesc:text,baredesc:text]
        pg_get_partkeydef 3352 oid>text s
        pg_get_ruledef 1573 oid>text s; 2504 oid,bool>text s
        pg_get_serial_sequence 1665 text,text>text s
        pg_get_statisticsobjdef 3415 oid>text s
        pg_get_statisticsobjdef_columns 6174 oid>text s
        pg_get_statisticsobjdef_expressions 6173 oid>_text s
        pg_get_triggerdef 1662 oid>text s; 2730 oid,bool>text s
        pg_get_userbyid 1642 oid>name s
        pg_get_viewdef 1640 text>text s; 1641 oid>text s; 2505 text,bool>text s; 2506 oid,bool>text s; 3159 oid,int4>text s
        pg_has_role 2705 name,name,text>bool s; 2706 name,oid,text>bool s; 2707 oid,name,text>bool s; 2708 oid,oid,text>bool s; 2709
          name,text>bool s; 2710 oid,text>bool s
        pg_identify_object 3839 oid,oid,int4>record sr [type:text,schema:text,name:text,identity:text]
        pg_indexes_size 2998 regclass>int8 v
        pg_is_in_recovery 3810 >bool v
        pg_is_other_temp_schema 2855 oid>bool s
        pg_jit_available 315 >bool v
        pg_listening_channels 3035 >text sr
        pg_lsn_eq 3233 pg_lsn,pg_lsn>bool
        pg_lsn_ge 3234 pg_lsn,pg_lsn>bool
        pg_lsn_gt 3235 pg_lsn,pg_lsn>bool
        pg_lsn_le 3232 pg_lsn,pg_lsn>bool
        pg_lsn_lt 3231 pg_lsn,pg_lsn>bool
        pg_lsn_mi 3237 pg_lsn,pg_lsn>numeric
        pg_lsn_mii 5024 pg_lsn,numeric>pg_lsn
        pg_lsn_ne 3236 pg_lsn,pg_lsn>bool
        pg_lsn_pli 5022 pg_lsn,numeric>pg_lsn
        pg_my_temp_schema 2854 >oid s
        pg_notification_queue_usage 3296 >float8 v
        pg_notify 3036 text,text>void nv
        pg_opclass_is_visible 2083 oid>bool s
        pg_operator_is_visible 2082 oid>bool s
        pg_opfamily_is_visible 3829 oid>bool s
        pg_options_to_table 2289 _text>record sr [option_name:text,option_value:text]
        pg_partition_ancestors 3425 regclass>regclass vr [relid:regclass]
        pg_partition_root 3424 regclass>regclass
        pg_partition_tree 3423 regclass>record vr [relid:regclass,parentrelid:regclass,isleaf:bool,level:int4]
        pg_postmaster_start_time 2560 >timestamptz s
        pg_relation_is_publishable 6121 regclass>bool s
        pg_relation_is_updatable 3842 regclass,bool>int4 s
        pg_relation_size 2325 regclass>int8 v; 2332 regclass,text>int8 v
        pg_reload_conf 2621 >bool v
        pg_size_bytes 3334 text>int8
        pg_size_pretty 2288 int8>text; 3166 numeric>text
        pg_snapshot_xip 5064 pg_snapshot>xid8 r
        pg_snapshot_xmax 5063 pg_snapshot>xid8
        pg_snapshot_xmin 5062 pg_snapshot>xid8
        pg_stat_get_numscans 1928 oid>int8 s
        pg_statistics_obj_is_visible 3403 oid>bool s
        pg_sleep 2626 float8>void v
        pg_sleep_for 3935 interval>void v
        pg_sleep_until 3936 timestamptz>void v
        pg_table_is_visible 2079 oid>bool s
        pg_table_size 2997 regclass>int8 v
        pg_tablespace_location 3778 oid>text s
        pg_tablespace_size 2322 oid>int8 v; 2323 name>int8 v
        pg_terminate_backend 2096 int4,int8>bool v (pid,timeout) =1=0
        pg_total_relation_size 2286 regclass>int8 v
        pg_trigger_depth 3163 >int4 s
        pg_try_advisory_lock 2882 int8>bool v; 2888 int4,int4>bool v
        pg_try_advisory_lock_shared 2883 int8>bool v; 2889 int4,int4>bool v
        pg_try_advisory_xact_lock 3091 int8>bool v; 3095 int4,int4>bool v
        pg_try_advisory_xact_lock_shared 3092 int8>bool v; 3096 int4,int4>bool v
        pg_ts_config_is_visible 3758 oid>bool s
        pg_ts_dict_is_visible 3757 oid>bool s
        pg_ts_parser_is_visible 3756 oid>bool s
        pg_ts_template_is_visible 3768 oid>bool s
        pg_type_is_visible 2080 oid>bool s
        pg_typeof 1619 any>regtype ns
        pg_visible_in_snapshot 5065 xid8,pg_snapshot>bool
        pg_xact_status 5066 xid8>text v
        pi 1610 >float8
        position 849 text,text>int4; 2014 bytea,bytea>int4
        pow 1346 float8,float8>float8; 1738 numeric,numeric>numeric
        power 1368 float8,float8>float8; 2169 numeric,numeric>numeric
        quote_ident 1282 text>text
        quote_literal 1283 text>text; 1285 anyelement>text s
        quote_nullable 1289 text>text n; 1290 anyelement>text ns
        radians 1609 float8>float8
        random 1598 >float8 v
        rank 3101 >int8 nw; 3986 any>int8 nxa
        record_eq 2981 record,record>bool
        record_ge 2986 record,record>bool
        record_gt 2984 record,record>bool
        record_image_eq 3181 record,record>bool
        record_image_ge 3186 record,record>bool
        record_image_gt 3184 record,record>bool
        record_image_le 3185 record,record>bool
        record_image_lt 3183 record,record>bool
        record_image_ne 3182 record,record>bool
        record_le 2985 record,record>bool
        record_lt 2983 record,record>bool
        record_ne 2982 record,record>bool
        regclass 1079 text>regclass s
        regexp_count 6254 text,text>int4; 6255 text,text,int4>int4; 6256 text,text,int4,text>int4
        regexp_instr 6257 text,text>int4; 6258 text,text,int4>int4; 6259 text,text,int4,int4>int4; 6260 text,text,int4,int4,int4>int4;
          6261 text,text,int4,int4,int4,text>int4; 6262 text,text,int4,int4,int4,text,int4>int4
        regexp_like 6263 text,text>bool; 6264 text,text,text>bool
        regexp_match 3396 text,text>_text; 3397 text,text,text>_text
        regexp_matches 2763 text,text>_text r; 2764 text,text,text>_text r
        regexp_replace 2284 text,text,text>text; 2285 text,text,text,text>text; 6251 text,text,text,int4,int4,text>text; 6252
          text,text,text,int4,int4>text; 6253 text,text,text,int4>text
        regexp_split_to_array 2767 text,text>_text; 2768 text,text,text>_text
        regexp_split_to_table 2765 text,text>text r; 2766 text,text,text>text r
        regexp_substr 6265 text,text>text; 6266 text,text,int4>text; 6267 text,text,int4,int4>text; 6268
          text,text,int4,int4,text>text; 6269 text,text,int4,int4,text,int4>text
        regr_avgx 2822 float8,float8>float8 na
        regr_avgy 2823 float8,float8>float8 na
        regr_count 2818 float8,float8>int8 na
        regr_intercept 2826 float8,float8>float8 na
        regr_r2 2824 float8,float8>float8 na
        regr_slope 2825 float8,float8>float8 na
        regr_sxx 2819 float8,float8>float8 na
        regr_sxy 2821 float8,float8>float8 na
        regr_syy 2820 float8,float8>float8 na
        repeat 1622 text,int4>text
        replace 2087 text,text,text>text
        reverse 3062 text>text
        right 3061 text,int4>text
        round 1342 float8>float8; 1707 numeric,int4>numeric; 1708 numeric>numeric
        row_number 3100 >int8 nw
        row_to_json 3155 record>json s; 3156 record,bool>json s
        rpad 874 text,int4,text>text; 880 text,int4>text
        rtrim 876 text,text>text; 882 text>text; 6196 bytea,bytea>bytea
        scale 3281 numeric>int4
        session_user 746 >name s
        set_bit 724 bytea,int8,int4>bytea
        set_byte 722 bytea,int4,int4>bytea
        set_config 2078 text,text,bool>text nv
        set_masklen 605 inet,int4>inet; 635 cidr,int4>cidr
        setseed 1599 float8>void v
        setval 1576 regclass,int8>int8 v; 1765 regclass,int8,bool>int8 v
        sha224 3419 bytea>bytea
        sha256 3420 bytea>bytea
        sha384 3421 bytea>bytea
        sha512 3422 bytea>bytea
        shobj_description 1993 oid,name>text s
        sign 1706 numeric>numeric; 2310 float8>float8
        similar_escape 1623 text,text>text n
        similar_to_escape 1986 text,text>text; 1987 text>text
        sin 1604 float8>float8
        sind 2735 float8>float8
        sinh 2462 float8>float8
        split_part 2088 text,text,int4>text
        sqrt 1344 float8>float8; 1730 numeric>numeric
        starts_with 3696 text,text>bool
        statement_timestamp 2648 >timestamptz s
        stddev 2154 int8>numeric na; 2155 int4>numeric na; 2156 int2>numeric na; 2157 float4>float8 na; 2158 float8>float8 na; 2159
          numeric>numeric na
        stddev_pop 2724 int8>numeric na; 2725 int4>numeric na; 2726 int2>numeric na; 2727 float4>float8 na; 2728 float8>float8 na;
          2729 numeric>numeric na
        stddev_samp 2712 int8>numeric na; 2713 int4>numeric na; 2714 int2>numeric na; 2715 float4>float8 na; 2716 float8>float8 na;
          2717 numeric>numeric na
        string_agg 3538 text,text>text na; 3545 bytea,bytea>bytea na
        string_to_array 376 text,text,text>_text n; 394 text,text>_text n
        string_to_table 6160 text,text>text nr; 6161 text,text,text>text nr
        strpos 868 text,text>int4
        substr 877 text,int4,int4>text; 883 text,int4>text; 2085 bytea,int4,int4>bytea; 2086 bytea,int4>bytea
        substring 936 text,int4,int4>text; 937 text,int4>text; 2012 bytea,int4,int4>bytea; 2013 bytea,int4>bytea; 2073 text,text>text;
          2074 text,text,text>text
        sum 2107 int8>numeric na; 2108 int4>int8 na; 2109 int2>int8 na; 2110 float4>float4 na; 2111 float8>float8 na; 2113
          interval>interval na; 2114 numeric>numeric na
        tan 1606 float8>float8
        tand 2737 float8>float8
        tanh 2464 float8>float8
        text 401 bpchar>text; 406 name>text; 730 inet>text; 946 char>text; 2971 bool>text
        text_ge 743 text,text>bool
        text_gt 742 text,text>bool
        text_le 741 text,text>bool
        text_lt 740 text,text>bool
        text_pattern_ge 2163 text,text>bool
        text_pattern_gt 2164 text,text>bool
        text_pattern_le 2161 text,text>bool
        text_pattern_lt 2160 text,text>bool
        textanycat 2003 text,anynonarray>text s
        textcat 1258 text,text>text
        texteq 67 text,text>bool
        texteqname 247 text,name>bool
        textgename 250 text,name>bool
        textgtname 251 text,name>bool
        texticlike 1633 text,text>bool
        texticnlike 1634 text,text>bool
        texticregexeq 1238 text,text>bool
        texticregexne 1239 text,text>bool
        textlen 1257 text>int4
        textlename 249 text,name>bool
        textlike 850 text,text>bool
        textltname 248 text,name>bool
        textne 157 text,text>bool
        textnename 252 text,name>bool
        textnlike 851 text,text>bool
        textregexeq 1254 text,text>bool
        textregexne 1256 text,text>bool
        textsend 2415 text>bytea s
        tideq 1292 tid,tid>bool
        tidge 2792 tid,tid>bool
        tidgt 2790 tid,tid>bool
        tidle 2793 tid,tid>bool
        tidlt 2791 tid,tid>bool
        tidne 1265 tid,tid>bool
        time 1316 timestamp>time; 1419 interval>time; 1968 time,int4>time; 2019 timestamptz>time s; 2046 timetz>time
        time_cmp 1107 time,time>int4
        time_eq 1145 time,time>bool
        time_ge 1105 time,time>bool
        time_gt 1104 time,time>bool
        time_le 1103 time,time>bool
        time_lt 1102 time,time>bool
        time_mi_interval 1748 time,interval>time
        time_mi_time 1690 time,time>interval
        time_ne 1106 time,time>bool
        time_pl_interval 1747 time,interval>time
        timedate_pl 1296 time,date>timestamp
        timeofday 274 >text v
        timestamp 1961 timestamp,int4>timestamp; 2024 date>timestamp; 2025 date,time>timestamp; 2027 timestamptz>timestamp s
        timestamp_cmp 2045 timestamp,timestamp>int4
        timestamp_cmp_date 2370 timestamp,date>int4
        timestamp_cmp_timestamptz 2526 timestamp,timestamptz>int4 s
        timestamp_eq 2052 timestamp,timestamp>bool
        timestamp_eq_date 2366 timestamp,date>bool
        timestamp_eq_timestamptz 2522 timestamp,timestamptz>bool s
        timestamp_ge 2056 timestamp,timestamp>bool
        timestamp_ge_date 2368 timestamp,date>bool
        timestamp_ge_timestamptz 2524 timestamp,timestamptz>bool s
        timestamp_gt 2057 timestamp,timestamp>bool
        timestamp_gt_date 2367 timestamp,date>bool
        timestamp_gt_timestamptz 2523 timestamp,timestamptz>bool s
        timestamp_le 2055 timestamp,timestamp>bool
        timestamp_le_date 2365 timestamp,date>bool
        timestamp_le_timestamptz 2521 timestamp,timestamptz>bool s
        timestamp_lt 2054 timestamp,timestamp>bool
        timestamp_lt_date 2364 timestamp,date>bool
        timestamp_lt_timestamptz 2520 timestamp,timestamptz>bool s
        timestamp_mi 2031 timestamp,timestamp>interval
        timestamp_mi_interval 2033 timestamp,interval>timestamp
        timestamp_ne 2053 timestamp,timestamp>bool
        timestamp_ne_date 2369 timestamp,date>bool
        timestamp_ne_timestamptz 2525 timestamp,timestamptz>bool s
        timestamp_pl_interval 2032 timestamp,interval>timestamp
        timestamptz 1174 date>timestamptz s; 1176 date,time>timestamptz s; 1359 date,timetz>timestamptz; 1967
          timestamptz,int4>timestamptz; 2028 timestamp>timestamptz s
        timestamptz_cmp 1314 timestamptz,timestamptz>int4
        timestamptz_cmp_date 2383 timestamptz,date>int4 s
        timestamptz_cmp_timestamp 2533 timestamptz,timestamp>int4 s
        timestamptz_eq 1152 timestamptz,timestamptz>bool
        timestamptz_eq_date 2379 timestamptz,date>bool s
        timestamptz_eq_timestamp 2529 timestamptz,timestamp>bool s
        timestamptz_ge 1156 timestamptz,timestamptz>bool
        timestamptz_ge_date 2381 timestamptz,date>bool s
        timestamptz_ge_timestamp 2531 timestamptz,timestamp>bool s
        timestamptz_gt 1157 timestamptz,timestamptz>bool
        timestamptz_gt_date 2380 timestamptz,date>bool s
        timestamptz_gt_timestamp 2530 timestamptz,timestamp>bool s
        timestamptz_le 1155 timestamptz,timestamptz>bool
        timestamptz_le_date 2378 timestamptz,date>bool s
        timestamptz_le_timestamp 2528 timestamptz,timestamp>bool s
        timestamptz_lt 1154 timestamptz,timestamptz>bool
        timestamptz_lt_date 2377 timestamptz,date>bool s
        timestamptz_lt_timestamp 2527 timestamptz,timestamp>bool s
        timestamptz_mi 1188 timestamptz,timestamptz>interval
        timestamptz_mi_interval 1190 timestamptz,interval>timestamptz s
        timestamptz_ne 1153 timestamptz,timestamptz>bool
        timestamptz_ne_date 2382 timestamptz,date>bool s
        timestamptz_ne_timestamp 2532 timestamptz,timestamp>bool s
        timestamptz_pl_interval 1189 timestamptz,interval>timestamptz s
        timetz 1388 timestamptz>timetz s; 1969 timetz,int4>timetz; 2047 time>timetz s
        timetz_cmp 1358 timetz,timetz>int4
        timetz_eq 1352 timetz,timetz>bool
        timetz_ge 1356 timetz,timetz>bool
        timetz_gt 1357 timetz,timetz>bool
        timetz_le 1355 timetz,timetz>bool
        timetz_lt 1354 timetz,timetz>bool
        timetz_mi_interval 1750 timetz,interval>timetz
        timetz_ne 1353 timetz,timetz>bool
        timetz_pl_interval 1749 timetz,interval>timetz
        timetzdate_pl 1298 timetz,date>timestamptz
        timezone 1026 interval,timestamptz>timestamp; 1159 text,timestamptz>timestamp; 2037 text,timetz>timetz s; 2038
          interval,timetz>timetz; 2069 text,timestamp>timestamptz; 2070 interval,timestamp>timestamptz
        to_char 1768 interval,text>text s; 1770 timestamptz,text>text s; 1772 numeric,text>text s; 1773 int4,text>text s; 1774
          int8,text>text s; 1775 float4,text>text s; 1776 float8,text>text s; 2049 timestamp,text>text s
        to_date 1780 text,text>date s
        to_hex 2089 int4>text; 2090 int8>text
        to_json 3176 anyelement>json s
        to_jsonb 3787 anyelement>jsonb s
        to_number 1777 text,text>numeric s
        to_regclass 3495 text>regclass s
        to_regnamespace 4086 text>regnamespace s
        to_regproc 3494 text>regproc s
        to_regprocedure 3479 text>regprocedure s
        to_regrole 4093 text>regrole s
        to_regtype 3493 text>regtype s
        to_timestamp 1158 float8>timestamptz; 1778 text,text>timestamptz s
        transaction_timestamp 2647 >timestamptz s
        translate 878 text,text,text>text
        trim_array 6172 anyarray,int4>anyarray
        trim_scale 5043 numeric>numeric
        trunc 1343 float8>float8; 1709 numeric,int4>numeric; 1710 numeric>numeric
        txid_current 2943 >int8 s
        txid_current_if_assigned 3348 >int8 s
        txid_current_snapshot 2944 >txid_snapshot s
        txid_snapshot_xip 2947 txid_snapshot>int8 r
        txid_snapshot_xmax 2946 txid_snapshot>int8
        txid_snapshot_xmin 2945 txid_snapshot>int8
        txid_status 3360 int8>text v
        txid_visible_in_snapshot 2948 int8,txid_snapshot>bool
        unistr 6198 text>text
        unnest 2331 anyarray>anyelement r
        upper 871 text>text
        uuid_cmp 2960 uuid,uuid>int4
        uuid_eq 2956 uuid,uuid>bool
        uuid_ge 2957 uuid,uuid>bool
        uuid_gt 2958 uuid,uuid>bool
        uuid_le 2955 uuid,uuid>bool
        uuid_lt 2954 uuid,uuid>bool
        uuid_ne 2959 uuid,uuid>bool
        uuid_send 2962 uuid>bytea
        var_pop 2718 int8>numeric na; 2719 int4>numeric na; 2720 int2>numeric na; 2721 float4>float8 na; 2722 float8>float8 na; 2723
          numeric>numeric na
        var_samp 2641 int8>numeric na; 2642 int4>numeric na; 2643 int2>numeric na; 2644 float4>float8 na; 2645 float8>float8 na; 2646
          numeric>numeric na
        varchar 669 varchar,int4,bool>varchar; 1401 name>varchar
        variance 2148 int8>numeric na; 2149 int4>numeric na; 2150 int2>numeric na; 2151 float4>float8 na; 2152 float8>float8 na; 2153
          numeric>numeric na
        version 89 >text s
        width_bucket 320 float8,float8,float8,int4>int4; 2170 numeric,numeric,numeric,int4>int4; 3218
          anycompatible,anycompatiblearray>int4
        xid 5071 xid8>xid
        xid8cmp 5096 xid8,xid8>int4
        xid8eq 5084 xid8,xid8>bool
        xid8ge 5037 xid8,xid8>bool
        xid8gt 5035 xid8,xid8>bool
        xid8le 5036 xid8,xid8>bool
        xid8lt 5034 xid8,xid8>bool
        xid8ne 5085 xid8,xid8>bool
        xideq 68 xid,xid>bool
        xideqint4 1319 xid,int4>bool
        xidneq 3308 xid,xid>bool
        xidneqint4 3309 xid,int4>bool
        """
}
