extension FunctionTable {
    /// PostgreSQL's facts of its functions from int2um to pg_current_snapshot: the name, and for each function of the name its number, arguments and result,
    /// then letters (`n` not strict, `s` stable, `v` volatile, `r` returns rows, `x` variadic, `a` an aggregate, `w` a window function),
    /// the arguments' names in parentheses, the columns of its rows in brackets, and how many arguments have which defaults.
    static let facts2 = """
        int2um 213 int2>int2
        int2up 1911 int2>int2
        int2xor 1894 int2,int2>int2
        int4 77 char>int4; 313 int2>int4; 317 float8>int4; 319 float4>int4; 480 int8>int4; 1744 numeric>int4; 2558 bool>int4; 3451
          jsonb>int4
        int42div 173 int4,int2>int4
        int42eq 159 int4,int2>bool
        int42ge 169 int4,int2>bool
        int42gt 163 int4,int2>bool
        int42le 167 int4,int2>bool
        int42lt 161 int4,int2>bool
        int42mi 183 int4,int2>int4
        int42mul 171 int4,int2>int4
        int42ne 165 int4,int2>bool
        int42pl 179 int4,int2>int4
        int48div 1281 int4,int8>int8
        int48eq 852 int4,int8>bool
        int48ge 857 int4,int8>bool
        int48gt 855 int4,int8>bool
        int48le 856 int4,int8>bool
        int48lt 854 int4,int8>bool
        int48mi 1279 int4,int8>int8
        int48mul 1280 int4,int8>int8
        int48ne 853 int4,int8>bool
        int48pl 1278 int4,int8>int8
        int4abs 1251 int4>int4
        int4and 1898 int4,int4>int4
        int4div 154 int4,int4>int4
        int4eq 65 int4,int4>bool
        int4ge 150 int4,int4>bool
        int4gt 147 int4,int4>bool
        int4le 149 int4,int4>bool
        int4lt 66 int4,int4>bool
        int4mi 181 int4,int4>int4
        int4mod 156 int4,int4>int4
        int4mul 141 int4,int4>int4
        int4ne 144 int4,int4>bool
        int4not 1901 int4>int4
        int4or 1899 int4,int4>int4
        int4pl 177 int4,int4>int4
        int4send 2407 int4>bytea
        int4shl 1902 int4,int4>int4
        int4shr 1903 int4,int4>int4
        int4um 212 int4>int4
        int4up 1912 int4>int4
        int4xor 1900 int4,int4>int4
        int8 481 int4>int8; 483 float8>int8; 653 float4>int8; 754 int2>int8; 1288 oid>int8; 1779 numeric>int8; 3452 jsonb>int8
        int82div 840 int8,int2>int8
        int82eq 1856 int8,int2>bool
        int82ge 1861 int8,int2>bool
        int82gt 1859 int8,int2>bool
        int82le 1860 int8,int2>bool
        int82lt 1858 int8,int2>bool
        int82mi 838 int8,int2>int8
        int82mul 839 int8,int2>int8
        int82ne 1857 int8,int2>bool
        int82pl 837 int8,int2>int8
        int84div 1277 int8,int4>int8
        int84eq 474 int8,int4>bool
        int84ge 479 int8,int4>bool
        int84gt 477 int8,int4>bool
        int84le 478 int8,int4>bool
        int84lt 476 int8,int4>bool
        int84mi 1275 int8,int4>int8
        int84mul 1276 int8,int4>int8
        int84ne 475 int8,int4>bool
        int84pl 1274 int8,int4>int8
        int8abs 1230 int8>int8
        int8and 1904 int8,int8>int8
        int8div 466 int8,int8>int8
        int8eq 467 int8,int8>bool
        int8ge 472 int8,int8>bool
        int8gt 470 int8,int8>bool
        int8le 471 int8,int8>bool
        int8lt 469 int8,int8>bool
        int8mi 464 int8,int8>int8
        int8mod 945 int8,int8>int8
        int8mul 465 int8,int8>int8
        int8ne 468 int8,int8>bool
        int8not 1907 int8>int8
        int8or 1905 int8,int8>int8
        int8pl 463 int8,int8>int8
        int8pl_inet 2631 int8,inet>inet
        int8send 2409 int8>bytea
        int8shl 1908 int8,int4>int8
        int8shr 1909 int8,int4>int8
        int8um 462 int8>int8
        int8up 1910 int8>int8
        int8xor 1906 int8,int8>int8
        integer_pl_date 2550 int4,date>date
        interval 1200 interval,int4>interval; 1370 time>interval
        interval_cmp 1315 interval,interval>int4
        interval_div 1326 interval,float8>interval
        interval_eq 1162 interval,interval>bool
        interval_ge 1166 interval,interval>bool
        interval_gt 1167 interval,interval>bool
        interval_le 1165 interval,interval>bool
        interval_lt 1164 interval,interval>bool
        interval_mi 1170 interval,interval>interval
        interval_mul 1618 interval,float8>interval
        interval_ne 1163 interval,interval>bool
        interval_pl 1169 interval,interval>interval
        interval_pl_date 2546 interval,date>timestamp
        interval_pl_time 1848 interval,time>time
        interval_pl_timestamp 2548 interval,timestamp>timestamp
        interval_pl_timestamptz 2549 interval,timestamptz>timestamptz s
        interval_pl_timetz 2547 interval,timetz>timetz
        interval_um 1168 interval>interval
        is_normalized 4351 text,text>bool =1='NFC'::text
        isfinite 1373 date>bool; 1389 timestamptz>bool; 1390 interval>bool; 2048 timestamp>bool
        json_agg 3175 anyelement>json nsa
        json_array_element 3949 json,int4>json (from_json,element_index)
        json_array_element_text 3950 json,int4>text (from_json,element_index)
        json_array_elements 3955 json>json r (from_json) [value:json]
        json_array_elements_text 3969 json>text r (from_json) [value:text]
        json_array_length 3956 json>int4
        json_build_array 3198 any>json nsx; 3199 >json ns
        json_build_object 3200 any>json nsx; 3201 >json ns
        json_each 3958 json>record r (from_json) [key:text,value:json]
        json_each_text 3959 json>record r (from_json) [key:text,value:text]
        json_extract_path 3951 json,_text>json x (from_json,path_elems)
        json_extract_path_text 3953 json,_text>text x (from_json,path_elems)
        json_object 3202 _text>json; 3203 _text,_text>json
        json_object_agg 3197 any,any>json nsa
        json_object_field 3947 json,text>json (from_json,field_name)
        json_object_field_text 3948 json,text>text (from_json,field_name)
        json_object_keys 3957 json>text r
        json_populate_record 3960 anyelement,json,bool>anyelement ns (base,from_json,use_json_as_text) =1=false
        json_populate_recordset 3961 anyelement,json,bool>anyelement nsr (base,from_json,use_json_as_text) =1=false
        json_strip_nulls 3261 json>json
        json_to_record 3204 json>record s
        json_to_recordset 3205 json>record nsr
        json_typeof 3968 json>text
        jsonb_agg 3267 anyelement>jsonb nsa
        jsonb_array_element 3215 jsonb,int4>jsonb (from_json,element_index)
        jsonb_array_element_text 3216 jsonb,int4>text (from_json,element_index)
        jsonb_array_elements 3219 jsonb>jsonb r (from_json) [value:jsonb]
        jsonb_array_elements_text 3465 jsonb>text r (from_json) [value:text]
        jsonb_array_length 3207 jsonb>int4
        jsonb_build_array 3271 any>jsonb nsx; 3272 >jsonb ns
        jsonb_build_object 3273 any>jsonb nsx; 3274 >jsonb ns
        jsonb_cmp 4044 jsonb,jsonb>int4
        jsonb_concat 3301 jsonb,jsonb>jsonb
        jsonb_contained 4050 jsonb,jsonb>bool
        jsonb_contains 4046 jsonb,jsonb>bool
        jsonb_delete 3302 jsonb,text>jsonb; 3303 jsonb,int4>jsonb; 3343 jsonb,_text>jsonb x (from_json,path_elems)
        jsonb_delete_path 3304 jsonb,_text>jsonb
        jsonb_each 3208 jsonb>record r (from_json) [key:text,value:jsonb]
        jsonb_each_text 3932 jsonb>record r (from_json) [key:text,value:text]
        jsonb_eq 4043 jsonb,jsonb>bool
        jsonb_exists 4047 jsonb,text>bool
        jsonb_exists_all 4049 jsonb,_text>bool
        jsonb_exists_any 4048 jsonb,_text>bool
        jsonb_extract_path 3217 jsonb,_text>jsonb x (from_json,path_elems)
        jsonb_extract_path_text 3940 jsonb,_text>text x (from_json,path_elems)
        jsonb_ge 4042 jsonb,jsonb>bool
        jsonb_gt 4040 jsonb,jsonb>bool
        jsonb_insert 3579 jsonb,_text,jsonb,bool>jsonb (jsonb_in,path,replacement,insert_after) =1=false
        jsonb_le 4041 jsonb,jsonb>bool
        jsonb_lt 4039 jsonb,jsonb>bool
        jsonb_ne 4038 jsonb,jsonb>bool
        jsonb_object 3263 _text>jsonb; 3264 _text,_text>jsonb
        jsonb_object_agg 3270 any,any>jsonb na
        jsonb_object_field 3478 jsonb,text>jsonb (from_json,field_name)
        jsonb_object_field_text 3214 jsonb,text>text (from_json,field_name)
        jsonb_object_keys 3931 jsonb>text r
        jsonb_path_exists 4005 jsonb,jsonpath,jsonb,bool>bool (target,path,vars,silent) =2='{}'::jsonb,false
        jsonb_path_exists_opr 4010 jsonb,jsonpath>bool
        jsonb_path_exists_tz 1177 jsonb,jsonpath,jsonb,bool>bool s (target,path,vars,silent) =2='{}'::jsonb,false
        jsonb_path_match 4009 jsonb,jsonpath,jsonb,bool>bool (target,path,vars,silent) =2='{}'::jsonb,false
        jsonb_path_match_opr 4011 jsonb,jsonpath>bool
        jsonb_path_match_tz 2030 jsonb,jsonpath,jsonb,bool>bool s (target,path,vars,silent) =2='{}'::jsonb,false
        jsonb_path_query 4006 jsonb,jsonpath,jsonb,bool>jsonb r (target,path,vars,silent) =2='{}'::jsonb,false
        jsonb_path_query_array 4007 jsonb,jsonpath,jsonb,bool>jsonb (target,path,vars,silent) =2='{}'::jsonb,false
        jsonb_path_query_array_tz 1180 jsonb,jsonpath,jsonb,bool>jsonb s (target,path,vars,silent) =2='{}'::jsonb,false
        jsonb_path_query_first 4008 jsonb,jsonpath,jsonb,bool>jsonb (target,path,vars,silent) =2='{}'::jsonb,false
        jsonb_path_query_first_tz 2023 jsonb,jsonpath,jsonb,bool>jsonb s (target,path,vars,silent) =2='{}'::jsonb,false
        jsonb_path_query_tz 1179 jsonb,jsonpath,jsonb,bool>jsonb rs (target,path,vars,silent) =2='{}'::jsonb,false
        jsonb_populate_record 3209 anyelement,jsonb>anyelement ns
        jsonb_populate_recordset 3475 anyelement,jsonb>anyelement nsr
        jsonb_pretty 3306 jsonb>text
        jsonb_send 3803 jsonb>bytea
        jsonb_set 3305 jsonb,_text,jsonb,bool>jsonb (jsonb_in,path,replacement,create_if_missing) =1=true
        jsonb_set_lax 5054 jsonb,_text,jsonb,bool,text>jsonb n (jsonb_in,path,replacement,create_if_missing,null_value_treatment)
          =2=true, 'use_json_null'::text
        jsonb_strip_nulls 3262 jsonb>jsonb
        jsonb_to_record 3490 jsonb>record s
        jsonb_to_recordset 3491 jsonb>record nsr
        jsonb_typeof 3210 jsonb>text
        justify_days 1295 interval>interval
        justify_hours 1175 interval>interval
        justify_interval 2711 interval>interval
        lag 3106 anyelement>anyelement w; 3107 anyelement,int4>anyelement w; 3108 anycompatible,int4,anycompatible>anycompatible w
        last_value 3113 anyelement>anyelement w
        lastval 2559 >int8 v
        lcm 5046 int4,int4>int4; 5047 int8,int8>int8; 5049 numeric,numeric>numeric
        lead 3109 anyelement>anyelement w; 3110 anyelement,int4>anyelement w; 3111 anycompatible,int4,anycompatible>anycompatible w
        left 3060 text,int4>text
        length 1317 text>int4; 1318 bpchar>int4; 1713 bytea,name>int4 s; 2010 bytea>int4
        like 1569 text,text>bool; 1571 name,text>bool; 2007 bytea,bytea>bool
        like_escape 1637 text,text>text; 2009 bytea,bytea>bytea
        ln 1341 float8>float8; 1734 numeric>numeric
        log 1340 float8>float8; 1736 numeric,numeric>numeric; 1741 numeric>numeric
        log10 1194 float8>float8; 1481 numeric>numeric
        lower 870 text>text
        lpad 873 text,int4,text>text; 879 text,int4>text
        ltrim 875 text,text>text; 881 text>text; 6195 bytea,bytea>bytea
        make_date 3846 int4,int4,int4>date (year,month,day)
        make_interval 3464 int4,int4,int4,int4,int4,int4,float8>interval (years,months,weeks,days,hours,mins,secs) =7=0, 0, 0, 0, 0,
          0, 0.0
        make_time 3847 int4,int4,float8>time (hour,min,sec)
        make_timestamp 3461 int4,int4,int4,int4,int4,float8>timestamp (year,month,mday,hour,min,sec)
        make_timestamptz 3462 int4,int4,int4,int4,int4,float8>timestamptz s (year,month,mday,hour,min,sec); 3463
          int4,int4,int4,int4,int4,float8,text>timestamptz s (year,month,mday,hour,min,sec,timezone)
        masklen 697 inet>int4
        max 2050 anyarray>anyarray na; 2115 int8>int8 na; 2116 int4>int4 na; 2117 int2>int2 na; 2118 oid>oid na; 2119 float4>float4
          na; 2120 float8>float8 na; 2122 date>date na; 2123 time>time na; 2124 timetz>timetz na; 2126 timestamp>timestamp na; 2127
          timestamptz>timestamptz na; 2128 interval>interval na; 2129 text>text na; 2130 numeric>numeric na; 2244 bpchar>bpchar na; 2797
          tid>tid na; 3526 anyenum>anyenum na; 3564 inet>inet na; 4189 pg_lsn>pg_lsn na; 5099 xid8>xid8 na
        md5 2311 text>text; 2321 bytea>text
        min 2051 anyarray>anyarray na; 2131 int8>int8 na; 2132 int4>int4 na; 2133 int2>int2 na; 2134 oid>oid na; 2135 float4>float4
          na; 2136 float8>float8 na; 2138 date>date na; 2139 time>time na; 2140 timetz>timetz na; 2142 timestamp>timestamp na; 2143
          timestamptz>timestamptz na; 2144 interval>interval na; 2145 text>text na; 2146 numeric>numeric na; 2245 bpchar>bpchar na; 2798
          tid>tid na; 3527 anyenum>anyenum na; 3565 inet>inet na; 4190 pg_lsn>pg_lsn na; 5100 xid8>xid8 na
        min_scale 5042 numeric>int4
        mod 940 int2,int2>int2; 941 int4,int4>int4; 947 int8,int8>int8; 1728 numeric,numeric>numeric
        mode 3984 anyelement>anyelement na
        mul_d_interval 1624 float8,interval>interval
        name 407 text>name; 409 bpchar>name; 1400 varchar>name
        nameconcatoid 266 name,oid>name
        nameeq 62 name,name>bool
        nameeqtext 240 name,text>bool
        namege 658 name,name>bool
        namegetext 243 name,text>bool
        namegt 657 name,name>bool
        namegttext 244 name,text>bool
        nameiclike 1635 name,text>bool
        nameicnlike 1636 name,text>bool
        nameicregexeq 1240 name,text>bool
        nameicregexne 1241 name,text>bool
        namele 656 name,name>bool
        nameletext 242 name,text>bool
        namelike 858 name,text>bool
        namelt 655 name,name>bool
        namelttext 241 name,text>bool
        namene 659 name,name>bool
        namenetext 245 name,text>bool
        namenlike 859 name,text>bool
        nameregexeq 79 name,text>bool
        nameregexne 1252 name,text>bool
        netmask 696 inet>inet
        network 683 inet>cidr
        network_cmp 926 inet,inet>int4
        network_eq 920 inet,inet>bool
        network_ge 924 inet,inet>bool
        network_gt 923 inet,inet>bool
        network_le 922 inet,inet>bool
        network_lt 921 inet,inet>bool
        network_ne 925 inet,inet>bool
        network_overlap 3551 inet,inet>bool
        network_sub 927 inet,inet>bool
        network_subeq 928 inet,inet>bool
        network_sup 929 inet,inet>bool
        network_supeq 930 inet,inet>bool
        nextval 1574 regclass>int8 v
        normalize 4350 text,text>text =1='NFC'::text
        notlike 1570 text,text>bool; 1572 name,text>bool; 2008 bytea,bytea>bool
        now 1299 >timestamptz s
        nth_value 3114 anyelement,int4>anyelement w
        ntile 3105 int4>int4 w
        num_nonnulls 440 any>int4 nx
        num_nulls 438 any>int4 nx
        numeric 1703 numeric,int4>numeric; 1740 int4>numeric; 1742 float4>numeric; 1743 float8>numeric; 1781 int8>numeric; 1782
          int2>numeric; 3449 jsonb>numeric
        numeric_abs 1704 numeric>numeric
        numeric_add 1724 numeric,numeric>numeric
        numeric_cmp 1769 numeric,numeric>int4
        numeric_div 1727 numeric,numeric>numeric
        numeric_div_trunc 1980 numeric,numeric>numeric
        numeric_eq 1718 numeric,numeric>bool
        numeric_exp 1733 numeric>numeric
        numeric_ge 1721 numeric,numeric>bool
        numeric_gt 1720 numeric,numeric>bool
        numeric_inc 1764 numeric>numeric
        numeric_le 1723 numeric,numeric>bool
        numeric_ln 1735 numeric>numeric
        numeric_log 1737 numeric,numeric>numeric
        numeric_lt 1722 numeric,numeric>bool
        numeric_mod 1729 numeric,numeric>numeric
        numeric_mul 1726 numeric,numeric>numeric
        numeric_ne 1719 numeric,numeric>bool
        numeric_pl_pg_lsn 5023 numeric,pg_lsn>pg_lsn
        numeric_power 1739 numeric,numeric>numeric
        numeric_send 2461 numeric>bytea
        numeric_sqrt 1731 numeric>numeric
        numeric_sub 1725 numeric,numeric>numeric
        numeric_uminus 1771 numeric>numeric
        numeric_uplus 1915 numeric>numeric
        obj_description 1215 oid,name>text s; 1348 oid>text s
        octet_length 720 bytea>int4; 1374 text>int4; 1375 bpchar>int4
        oid 1287 int8>oid
        oideq 184 oid,oid>bool
        oidge 1639 oid,oid>bool
        oidgt 1638 oid,oid>bool
        oidle 717 oid,oid>bool
        oidlt 716 oid,oid>bool
        oidne 185 oid,oid>bool
        oidvectoreq 679 oidvector,oidvector>bool
        oidvectorge 680 oidvector,oidvector>bool
        oidvectorgt 681 oidvector,oidvector>bool
        oidvectorle 678 oidvector,oidvector>bool
        oidvectorlt 677 oidvector,oidvector>bool
        oidvectorne 619 oidvector,oidvector>bool
        oidvectortypes 1349 oidvector>text s
        overlaps 1271 timetz,timetz,timetz,timetz>bool n; 1304 timestamptz,timestamptz,timestamptz,timestamptz>bool n; 1305
          timestamptz,interval,timestamptz,interval>bool ns; 1306 timestamptz,timestamptz,timestamptz,interval>bool ns; 1307
          timestamptz,interval,timestamptz,timestamptz>bool ns; 1308 time,time,time,time>bool n; 1309 time,interval,time,interval>bool
          n; 1310 time,time,time,interval>bool n; 1311 time,interval,time,time>bool n; 2041 timestamp,timestamp,timestamp,timestamp>bool
          n; 2042 timestamp,interval,timestamp,interval>bool n; 2043 timestamp,timestamp,timestamp,interval>bool n; 2044
          timestamp,interval,timestamp,timestamp>bool n
        overlay 749 bytea,bytea,int4,int4>bytea; 752 bytea,bytea,int4>bytea; 1404 text,text,int4,int4>text; 1405 text,text,int4>text
        parse_ident 1268 text,bool>_text (str,strict) =1=true
        percent_rank 3103 >float8 nw; 3988 any>float8 nxa
        percentile_cont 3974 float8,float8>float8 na; 3976 float8,interval>interval na; 3980 _float8,float8>_float8 na; 3982
          _float8,interval>_interval na
        percentile_disc 3972 float8,anyelement>anyelement na; 3978 _float8,anyelement>anyarray na
        pg_advisory_lock 2880 int8>void v; 2886 int4,int4>void v
        pg_advisory_lock_shared 2881 int8>void v; 2887 int4,int4>void v
        pg_advisory_unlock 2884 int8>bool v; 2890 int4,int4>bool v
        pg_advisory_unlock_all 2892 >void v
        pg_advisory_unlock_shared 2885 int8>bool v; 2891 int4,int4>bool v
        pg_advisory_xact_lock 3089 int8>void v; 3093 int4,int4>void v
        pg_advisory_xact_lock_shared 3090 int8>void v; 3094 int4,int4>void v
        pg_backend_pid 2026 >int4 s
        pg_blocking_pids 2561 int4>_int4 v
        pg_cancel_backend 2171 int4>bool v
        pg_char_to_encoding 1264 name>int4 s
        pg_client_encoding 810 >name s
        pg_collation_is_visible 3815 oid>bool s
        pg_column_is_updatable 3843 regclass,int2,bool>bool s
        pg_column_size 1269 any>int4 s
        pg_conf_load_time 2034 >timestamptz s
        pg_conversion_is_visible 2093 oid>bool s
        pg_current_snapshot 5061 >pg_snapshot s
        """
}
