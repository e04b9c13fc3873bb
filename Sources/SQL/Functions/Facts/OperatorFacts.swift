extension OperatorTable {
    /// PostgreSQL's facts of its operators: the symbol, and for each its number, the types of its sides, its result, and its function's
    /// number.
    static let facts = """
        !~ 640 name,text>bool 1252; 642 text,text>bool 1256; 1056 bpchar,text>bool 1659
        !~* 1227 name,text>bool 1241; 1229 text,text>bool 1239; 1235 bpchar,text>bool 1657
        !~~ 1208 name,text>bool 859; 1210 text,text>bool 851; 1212 bpchar,text>bool 1632; 2017 bytea,bytea>bool 2006
        !~~* 1626 name,text>bool 1636; 1628 text,text>bool 1634; 1630 bpchar,text>bool 1661
        # 1876 int2,int2>int2 1894; 1882 int4,int4>int4 1900; 1888 int8,int8>int8 1906
        #- 3287 jsonb,_text>jsonb 3304
        #> 3213 jsonb,_text>jsonb 3217; 3966 json,_text>json 3951
        #>> 3206 jsonb,_text>text 3940; 3967 json,_text>text 3953
        % 439 int8,int8>int8 945; 529 int2,int2>int2 155; 530 int4,int4>int4 156; 1762 numeric,numeric>numeric 1729
        & 1874 int2,int2>int2 1892; 1880 int4,int4>int4 1898; 1886 int8,int8>int8 1904; 2635 inet,inet>inet 2628
        && 3680 tsquery,tsquery>tsquery 3669; 2750 anyarray,anyarray>bool 2747; 3552 inet,inet>bool 3551
        * 514 int4,int4>int4 141; 526 int2,int2>int2 152; 544 int2,int4>int4 170; 545 int4,int2>int4 171; 589 float4,float4>float4
          202; 594 float8,float8>float8 216; 686 int8,int8>int8 465; 690 int8,int4>int8 1276; 694 int4,int8>int8 1280; 820
          int8,int2>int8 839; 824 int2,int8>int8 943; 1119 float4,float8>float8 279; 1129 float8,float4>float8 283; 1583
          interval,float8>interval 1618; 1584 float8,interval>interval 1624; 1760 numeric,numeric>numeric 1726
        + 550 int2,int2>int2 176; 551 int4,int4>int4 177; 552 int2,int4>int4 178; 553 int4,int2>int4 179; 586 float4,float4>float4
          204; 591 float8,float8>float8 218; 684 int8,int8>int8 463; 688 int8,int4>int8 1274; 692 int4,int8>int8 1278; 818
          int8,int2>int8 837; 822 int2,int8>int8 841; 966 _aclitem,aclitem>_aclitem 1035; 1076 date,interval>timestamp 2071; 1100
          date,int4>date 1141; 1116 float4,float8>float8 281; 1126 float8,float4>float8 285; 1327 timestamptz,interval>timestamptz 1189;
          1337 interval,interval>interval 1169; 1360 date,time>timestamp 1272; 1361 date,timetz>timestamptz 1297; 1363
          time,date>timestamp 1296; 1366 timetz,date>timestamptz 1298; 1758 numeric,numeric>numeric 1724; 1800 time,interval>time 1747;
          1802 timetz,interval>timetz 1749; 1849 interval,time>time 1848; 1916 ,int8>int8 1910; 1917 ,int2>int2 1911; 1918 ,int4>int4
          1912; 1919 ,float4>float4 1913; 1920 ,float8>float8 1914; 1921 ,numeric>numeric 1915; 2066 timestamp,interval>timestamp 2032;
          2551 interval,date>timestamp 2546; 2552 interval,timetz>timetz 2547; 2553 interval,timestamp>timestamp 2548; 2554
          interval,timestamptz>timestamptz 2549; 2555 int4,date>date 2550; 2637 inet,int8>inet 2630; 2638 int8,inet>inet 2631; 5025
          pg_lsn,numeric>pg_lsn 5022; 5026 numeric,pg_lsn>pg_lsn 5023
        - 484 ,int8>int8 462; 554 int2,int2>int2 180; 555 int4,int4>int4 181; 556 int2,int4>int4 182; 557 int4,int2>int4 183; 558
          ,int4>int4 212; 559 ,int2>int2 213; 584 ,float4>float4 206; 585 ,float8>float8 220; 587 float4,float4>float4 205; 592
          float8,float8>float8 219; 685 int8,int8>int8 464; 689 int8,int4>int8 1275; 693 int4,int8>int8 1279; 819 int8,int2>int8 838;
          823 int2,int8>int8 942; 967 _aclitem,aclitem>_aclitem 1036; 1077 date,interval>timestamp 2072; 1099 date,date>int4 1140; 1101
          date,int4>date 1142; 1117 float4,float8>float8 282; 1127 float8,float4>float8 286; 1328 timestamptz,timestamptz>interval 1188;
          1329 timestamptz,interval>timestamptz 1190; 1336 ,interval>interval 1168; 1338 interval,interval>interval 1170; 1399
          time,time>interval 1690; 1751 ,numeric>numeric 1771; 1759 numeric,numeric>numeric 1725; 1801 time,interval>time 1748; 1803
          timetz,interval>timetz 1750; 2067 timestamp,timestamp>interval 2031; 2068 timestamp,interval>timestamp 2033; 2639
          inet,int8>inet 2632; 2640 inet,inet>int8 2633; 3228 pg_lsn,pg_lsn>numeric 3237; 3285 jsonb,text>jsonb 3302; 3286
          jsonb,int4>jsonb 3303; 3398 jsonb,_text>jsonb 3343; 5027 pg_lsn,numeric>pg_lsn 5024
        -> 3211 jsonb,text>jsonb 3478; 3212 jsonb,int4>jsonb 3215; 3962 json,text>json 3947; 3964 json,int4>json 3949
        ->> 3477 jsonb,text>text 3214; 3481 jsonb,int4>text 3216; 3963 json,text>text 3948; 3965 json,int4>text 3950
        / 527 int2,int2>int2 153; 528 int4,int4>int4 154; 546 int2,int4>int4 172; 547 int4,int2>int4 173; 588 float4,float4>float4
          203; 593 float8,float8>float8 217; 687 int8,int8>int8 466; 691 int8,int4>int8 1277; 695 int4,int8>int8 1281; 821
          int8,int2>int8 840; 825 int2,int8>int8 948; 1118 float4,float8>float8 280; 1128 float8,float4>float8 284; 1585
          interval,float8>interval 1326; 1761 numeric,numeric>numeric 1727
        < 3627 tsvector,tsvector>bool 3616; 3674 tsquery,tsquery>bool 3662; 37 int4,int8>bool 854; 58 bool,bool>bool 56; 95
          int2,int2>bool 64; 97 int4,int4>bool 66; 255 name,text>bool 241; 261
          text,name>bool 248; 412 int8,int8>bool 469; 418 int8,int4>bool 476; 534 int2,int4>bool 160; 535 int4,int2>bool 161; 609
          oid,oid>bool 716; 622 float4,float4>bool 289; 631 char,char>bool 1246; 645 oidvector,oidvector>bool 677; 660 name,name>bool
          655; 664 text,text>bool 740; 672 float8,float8>bool 295; 1058 bpchar,bpchar>bool 1049; 1072 anyarray,anyarray>bool 391; 1095
          date,date>bool 1087; 1110 time,time>bool 1102; 1122 float4,float8>bool 301; 1132 float8,float4>bool 307; 1203 inet,inet>bool
          921; 1322 timestamptz,timestamptz>bool 1154; 1332 interval,interval>bool 1164; 1552 timetz,timetz>bool 1354; 1754
          numeric,numeric>bool 1722; 1864 int2,int8>bool 1852; 1870 int8,int2>bool 1858; 1957 bytea,bytea>bool 1949; 2062
          timestamp,timestamp>bool 2054; 2345 date,timestamp>bool 2338; 2358 date,timestamptz>bool 2351; 2371 timestamp,date>bool 2364;
          2384 timestamptz,date>bool 2377; 2534 timestamp,timestamptz>bool 2520; 2540 timestamptz,timestamp>bool 2527; 2799 tid,tid>bool
          2791; 2974 uuid,uuid>bool 2954; 2990 record,record>bool 2983; 3224 pg_lsn,pg_lsn>bool 3231; 3242 jsonb,jsonb>bool 4039; 3518
          anyenum,anyenum>bool 3510; 5073 xid8,xid8>bool 5034
        << 931 inet,inet>bool 927; 1878 int2,int4>int2 1896; 1884 int4,int4>int4 1902; 1890 int8,int4>int8 1908
        <<= 932 inet,inet>bool 928
        <= 3628 tsvector,tsvector>bool 3617; 3675 tsquery,tsquery>bool 3663; 80 int4,int8>bool 856; 256 name,text>bool 242; 262
          text,name>bool 249; 414 int8,int8>bool 471; 420 int8,int4>bool 478; 522
          int2,int2>bool 148; 523 int4,int4>bool 149; 540 int2,int4>bool 166; 541 int4,int2>bool 167; 611 oid,oid>bool 717; 624
          float4,float4>bool 290; 632 char,char>bool 72; 647 oidvector,oidvector>bool 678; 661 name,name>bool 656; 665 text,text>bool
          741; 673 float8,float8>bool 296; 1059 bpchar,bpchar>bool 1050; 1074 anyarray,anyarray>bool 393; 1096 date,date>bool 1088; 1111
          time,time>bool 1103; 1124 float4,float8>bool 302; 1134 float8,float4>bool 308; 1204 inet,inet>bool 922; 1323
          timestamptz,timestamptz>bool 1155; 1333 interval,interval>bool 1165; 1553 timetz,timetz>bool 1355; 1694 bool,bool>bool 1691;
          1755 numeric,numeric>bool 1723; 1866 int2,int8>bool 1854; 1872 int8,int2>bool 1860; 1958 bytea,bytea>bool 1950; 2063
          timestamp,timestamp>bool 2055; 2346 date,timestamp>bool 2339; 2359 date,timestamptz>bool 2352; 2372 timestamp,date>bool 2365;
          2385 timestamptz,date>bool 2378; 2535 timestamp,timestamptz>bool 2521; 2541 timestamptz,timestamp>bool 2528; 2801 tid,tid>bool
          2793; 2976 uuid,uuid>bool 2955; 2992 record,record>bool 2985; 3226 pg_lsn,pg_lsn>bool 3232; 3244 jsonb,jsonb>bool 4041; 3520
          anyenum,anyenum>bool 3512; 5075 xid8,xid8>bool 5036
        <> 3630 tsvector,tsvector>bool 3619; 3677 tsquery,tsquery>bool 3665; 36 int4,int8>bool 853; 85 bool,bool>bool 84; 259
          name,text>bool 245; 265 text,name>bool 252; 402 tid,tid>bool 1265; 411
          int8,int8>bool 468; 417 int8,int4>bool 475; 518 int4,int4>bool 144; 519 int2,int2>bool 145; 531 text,text>bool 157; 538
          int2,int4>bool 164; 539 int4,int2>bool 165; 608 oid,oid>bool 185; 621 float4,float4>bool 288; 630 char,char>bool 70; 643
          name,name>bool 659; 644 oidvector,oidvector>bool 619; 671 float8,float8>bool 294; 1057 bpchar,bpchar>bool 1053; 1071
          anyarray,anyarray>bool 390; 1094 date,date>bool 1091; 1109 time,time>bool 1106; 1121 float4,float8>bool 300; 1131
          float8,float4>bool 306; 1202 inet,inet>bool 925; 1321 timestamptz,timestamptz>bool 1153; 1331 interval,interval>bool 1163;
          1551 timetz,timetz>bool 1353; 1753 numeric,numeric>bool 1719; 1863 int2,int8>bool 1851; 1869 int8,int2>bool 1857; 1956
          bytea,bytea>bool 1953; 2061 timestamp,timestamp>bool 2053; 2350 date,timestamp>bool 2343; 2363 date,timestamptz>bool 2356;
          2376 timestamp,date>bool 2369; 2389 timestamptz,date>bool 2382; 2539 timestamp,timestamptz>bool 2525; 2545
          timestamptz,timestamp>bool 2532; 2973 uuid,uuid>bool 2959; 2989 record,record>bool 2982; 3223 pg_lsn,pg_lsn>bool 3236; 3241
          jsonb,jsonb>bool 4038; 3315 xid,xid>bool 3308; 3316 xid,int4>bool 3309; 3517 anyenum,anyenum>bool 3509; 5072 xid8,xid8>bool
          5085
        <@ 3694 tsquery,tsquery>bool 3692; 2752 anyarray,anyarray>bool 2749; 3250 jsonb,jsonb>bool 4050
        = 3629 tsvector,tsvector>bool 3618; 3676 tsquery,tsquery>bool 3664; 15 int4,int8>bool 852; 91 bool,bool>bool 60; 92
          char,char>bool 61; 93 name,name>bool 62; 94 int2,int2>bool 63; 96
          int4,int4>bool 65; 98 text,text>bool 67; 254 name,text>bool 240; 260 text,name>bool 247; 352 xid,xid>bool 68; 353
          xid,int4>bool 1319; 385 cid,cid>bool 69; 387 tid,tid>bool 1292; 410 int8,int8>bool 467; 416 int8,int4>bool 474; 532
          int2,int4>bool 158; 533 int4,int2>bool 159; 607 oid,oid>bool 184; 620 float4,float4>bool 287; 649 oidvector,oidvector>bool
          679; 670 float8,float8>bool 293; 974 aclitem,aclitem>bool 1062; 1054 bpchar,bpchar>bool 1048; 1070 anyarray,anyarray>bool 744;
          1093 date,date>bool 1086; 1108 time,time>bool 1145; 1120 float4,float8>bool 299; 1130 float8,float4>bool 305; 1201
          inet,inet>bool 920; 1320 timestamptz,timestamptz>bool 1152; 1330 interval,interval>bool 1162; 1550 timetz,timetz>bool 1352;
          1752 numeric,numeric>bool 1718; 1862 int2,int8>bool 1850; 1868 int8,int2>bool 1856; 1955 bytea,bytea>bool 1948; 2060
          timestamp,timestamp>bool 2052; 2347 date,timestamp>bool 2340; 2360 date,timestamptz>bool 2353; 2373 timestamp,date>bool 2366;
          2386 timestamptz,date>bool 2379; 2536 timestamp,timestamptz>bool 2522; 2542 timestamptz,timestamp>bool 2529; 2972
          uuid,uuid>bool 2956; 2988 record,record>bool 2981; 3222 pg_lsn,pg_lsn>bool 3233; 3240 jsonb,jsonb>bool 4043; 3516
          anyenum,anyenum>bool 3508; 5068 xid8,xid8>bool 5084
        > 3632 tsvector,tsvector>bool 3621; 3679 tsquery,tsquery>bool 3667; 59 bool,bool>bool 57; 76 int4,int8>bool 855; 258
          name,text>bool 244; 264 text,name>bool 251; 413 int8,int8>bool 470; 419
          int8,int4>bool 477; 520 int2,int2>bool 146; 521 int4,int4>bool 147; 536 int2,int4>bool 162; 537 int4,int2>bool 163; 610
          oid,oid>bool 1638; 623 float4,float4>bool 291; 633 char,char>bool 73; 646 oidvector,oidvector>bool 681; 662 name,name>bool
          657; 666 text,text>bool 742; 674 float8,float8>bool 297; 1060 bpchar,bpchar>bool 1051; 1073 anyarray,anyarray>bool 392; 1097
          date,date>bool 1089; 1112 time,time>bool 1104; 1123 float4,float8>bool 303; 1133 float8,float4>bool 309; 1205 inet,inet>bool
          923; 1324 timestamptz,timestamptz>bool 1157; 1334 interval,interval>bool 1167; 1554 timetz,timetz>bool 1357; 1756
          numeric,numeric>bool 1720; 1865 int2,int8>bool 1853; 1871 int8,int2>bool 1859; 1959 bytea,bytea>bool 1951; 2064
          timestamp,timestamp>bool 2057; 2349 date,timestamp>bool 2341; 2362 date,timestamptz>bool 2354; 2375 timestamp,date>bool 2367;
          2388 timestamptz,date>bool 2380; 2538 timestamp,timestamptz>bool 2523; 2544 timestamptz,timestamp>bool 2530; 2800 tid,tid>bool
          2790; 2975 uuid,uuid>bool 2958; 2991 record,record>bool 2984; 3225 pg_lsn,pg_lsn>bool 3235; 3243 jsonb,jsonb>bool 4040; 3519
          anyenum,anyenum>bool 3511; 5074 xid8,xid8>bool 5035
        >= 3631 tsvector,tsvector>bool 3620; 3678 tsquery,tsquery>bool 3666; 82 int4,int8>bool 857; 257 name,text>bool 243; 263
          text,name>bool 250; 415 int8,int8>bool 472; 430 int8,int4>bool 479; 524
          int2,int2>bool 151; 525 int4,int4>bool 150; 542 int2,int4>bool 168; 543 int4,int2>bool 169; 612 oid,oid>bool 1639; 625
          float4,float4>bool 292; 634 char,char>bool 74; 648 oidvector,oidvector>bool 680; 663 name,name>bool 658; 667 text,text>bool
          743; 675 float8,float8>bool 298; 1061 bpchar,bpchar>bool 1052; 1075 anyarray,anyarray>bool 396; 1098 date,date>bool 1090; 1113
          time,time>bool 1105; 1125 float4,float8>bool 304; 1135 float8,float4>bool 310; 1206 inet,inet>bool 924; 1325
          timestamptz,timestamptz>bool 1156; 1335 interval,interval>bool 1166; 1555 timetz,timetz>bool 1356; 1695 bool,bool>bool 1692;
          1757 numeric,numeric>bool 1721; 1867 int2,int8>bool 1855; 1873 int8,int2>bool 1861; 1960 bytea,bytea>bool 1952; 2065
          timestamp,timestamp>bool 2056; 2348 date,timestamp>bool 2342; 2361 date,timestamptz>bool 2355; 2374 timestamp,date>bool 2368;
          2387 timestamptz,date>bool 2381; 2537 timestamp,timestamptz>bool 2524; 2543 timestamptz,timestamp>bool 2531; 2802 tid,tid>bool
          2792; 2977 uuid,uuid>bool 2957; 2993 record,record>bool 2986; 3227 pg_lsn,pg_lsn>bool 3234; 3245 jsonb,jsonb>bool 4042; 3521
          anyenum,anyenum>bool 3513; 5076 xid8,xid8>bool 5037
        >> 933 inet,inet>bool 929; 1879 int2,int4>int2 1897; 1885 int4,int4>int4 1903; 1891 int8,int4>int8 1909
        >>= 934 inet,inet>bool 930
        ? 3247 jsonb,text>bool 4047
        ?& 3249 jsonb,_text>bool 4049
        ?| 3248 jsonb,_text>bool 4048
        @ 473 ,int8>int8 1230; 590 ,float4>float4 207; 595 ,float8>float8 221; 682 ,int2>int2 1253; 773 ,int4>int4 1251; 1763
          ,numeric>numeric 1704
        @> 3693 tsquery,tsquery>bool 3691; 968 _aclitem,aclitem>bool 1037; 2751 anyarray,anyarray>bool 2748; 3246 jsonb,jsonb>bool 4046
        ^ 965 float8,float8>float8 232; 1038 numeric,numeric>numeric 1739
        ^@ 3877 text,text>bool 3696
        | 1875 int2,int2>int2 1893; 1881 int4,int4>int4 1899; 1887 int8,int8>int8 1905; 2636 inet,inet>inet 2629
        |/ 596 ,float8>float8 230
        || 3633 tsvector,tsvector>tsvector 3625; 3681 tsquery,tsquery>tsquery 3670; 349
          anycompatiblearray,anycompatible>anycompatiblearray 378; 374 anycompatible,anycompatiblearray>anycompatiblearray 379;
          375 anycompatiblearray,anycompatiblearray>anycompatiblearray 383; 654 text,text>text 1258; 2018 bytea,bytea>bytea 2011; 2779
          text,anynonarray>text 2003; 2780 anynonarray,text>text 2004; 3284 jsonb,jsonb>jsonb 3301
        ||/ 597 ,float8>float8 231
        ~ 639 name,text>bool 79; 641 text,text>bool 1254; 1055 bpchar,text>bool 1658; 1877 ,int2>int2 1895; 1883 ,int4>int4 1901; 1889
          ,int8>int8 1907; 2634 ,inet>inet 2627
        ~* 1226 name,text>bool 1240; 1228 text,text>bool 1238; 1234 bpchar,text>bool 1656
        ~~ 1207 name,text>bool 858; 1209 text,text>bool 850; 1211 bpchar,text>bool 1631; 2016 bytea,bytea>bool 2005
        ~~* 1625 name,text>bool 1635; 1627 text,text>bool 1633; 1629 bpchar,text>bool 1660
        ~<~ 2314 text,text>bool 2160; 2326 bpchar,bpchar>bool 2174
        ~<=~ 2315 text,text>bool 2161; 2327 bpchar,bpchar>bool 2175
        ~>=~ 2317 text,text>bool 2163; 2329 bpchar,bpchar>bool 2177
        ~>~ 2318 text,text>bool 2164; 2330 bpchar,bpchar>bool 2178
        !! 3682 ,tsquery>tsquery 3671
        <-> 5005 tsquery,tsquery>tsquery 5003
        @? 4012 jsonb,jsonpath>bool 4010
        @@ 3636 tsvector,tsquery>bool 3634; 3637 tsquery,tsvector>bool 3635; 3762 text,text>bool 3760; 3763 text,tsquery>bool 3761; 4013
          jsonb,jsonpath>bool 4011
        @@@ 3660 tsvector,tsquery>bool 3634; 3661 tsquery,tsvector>bool 3635
        """
}
