extension FunctionTable {
    /// PostgreSQL's facts of its functions for tsvector and tsquery, in the form of the others.
    static let textSearchFacts = """
        array_to_tsvector 3327 _text>tsvector
        get_current_ts_config 3759 >regconfig s
        json_to_tsvector 4215 json,jsonb>tsvector s; 4216 regconfig,json,jsonb>tsvector
        jsonb_to_tsvector 4213 jsonb,jsonb>tsvector s; 4214 regconfig,jsonb,jsonb>tsvector
        length 3711 tsvector>int4
        numnode 3672 tsquery>int4
        phraseto_tsquery 5006 regconfig,text>tsquery; 5001 text>tsquery s
        plainto_tsquery 3747 regconfig,text>tsquery; 3751 text>tsquery s
        querytree 3673 tsquery>text
        setweight 3624 tsvector,char>tsvector; 3320 tsvector,char,_text>tsvector
        strip 3623 tsvector>tsvector
        to_tsquery 3746 regconfig,text>tsquery; 3750 text>tsquery s
        to_tsvector 3745 regconfig,text>tsvector; 3749 text>tsvector s; 4209 jsonb>tsvector s; 4210 json>tsvector s; 4211
          regconfig,jsonb>tsvector; 4212 regconfig,json>tsvector
        ts_debug 6183 regconfig,text>record sr (config,document)
          [alias:text,description:text,token:text,dictionaries:_regdictionary,dictionary:regdictionary,lexemes:_text]; 6184 text>record sr
          (document) [alias:text,description:text,token:text,dictionaries:_regdictionary,dictionary:regdictionary,lexemes:_text]
        ts_delete 3321 tsvector,text>tsvector; 3323 tsvector,_text>tsvector
        ts_filter 3319 tsvector,_char>tsvector
        ts_headline 3743 regconfig,text,tsquery,text>text; 3744 regconfig,text,tsquery>text; 3754 text,tsquery,text>text s; 3755
          text,tsquery>text s; 4201 regconfig,jsonb,tsquery,text>jsonb; 4202 regconfig,jsonb,tsquery>jsonb; 4203 jsonb,tsquery,text>jsonb s;
          4204 jsonb,tsquery>jsonb s; 4205 regconfig,json,tsquery,text>json; 4206 regconfig,json,tsquery>json; 4207 json,tsquery,text>json
          s; 4208 json,tsquery>json s
        ts_lexize 3723 regdictionary,text>_text
        ts_match_qv 3635 tsquery,tsvector>bool
        ts_match_tq 3761 text,tsquery>bool s
        ts_match_tt 3760 text,text>bool s
        ts_match_vq 3634 tsvector,tsquery>bool
        ts_parse 3715 oid,text>record r (parser_oid,txt) [tokid:int4,token:text]; 3716 text,text>record sr (parser_name,txt)
          [tokid:int4,token:text]
        ts_rank 3703 _float4,tsvector,tsquery,int4>float4; 3704 _float4,tsvector,tsquery>float4; 3705 tsvector,tsquery,int4>float4; 3706
          tsvector,tsquery>float4
        ts_rank_cd 3707 _float4,tsvector,tsquery,int4>float4; 3708 _float4,tsvector,tsquery>float4; 3709 tsvector,tsquery,int4>float4; 3710
          tsvector,tsquery>float4
        ts_rewrite 3684 tsquery,tsquery,tsquery>tsquery; 3685 tsquery,text>tsquery v
        ts_stat 3689 text>record vr (query) [word:text,ndoc:int4,nentry:int4]; 3690 text,text>record vr (query,weights)
          [word:text,ndoc:int4,nentry:int4]
        ts_token_type 3713 oid>record r (parser_oid) [tokid:int4,alias:text,description:text]; 3714 text>record sr (parser_name)
          [tokid:int4,alias:text,description:text]
        tsq_mcontained 3692 tsquery,tsquery>bool
        tsq_mcontains 3691 tsquery,tsquery>bool
        tsquery_and 3669 tsquery,tsquery>tsquery
        tsquery_cmp 3668 tsquery,tsquery>int4
        tsquery_eq 3664 tsquery,tsquery>bool
        tsquery_ge 3666 tsquery,tsquery>bool
        tsquery_gt 3667 tsquery,tsquery>bool
        tsquery_le 3663 tsquery,tsquery>bool
        tsquery_lt 3662 tsquery,tsquery>bool
        tsquery_ne 3665 tsquery,tsquery>bool
        tsquery_not 3671 tsquery>tsquery
        tsquery_or 3670 tsquery,tsquery>tsquery
        tsquery_phrase 5003 tsquery,tsquery>tsquery; 5004 tsquery,tsquery,int4>tsquery
        tsvector_cmp 3622 tsvector,tsvector>int4
        tsvector_concat 3625 tsvector,tsvector>tsvector
        tsvector_eq 3618 tsvector,tsvector>bool
        tsvector_ge 3620 tsvector,tsvector>bool
        tsvector_gt 3621 tsvector,tsvector>bool
        tsvector_le 3617 tsvector,tsvector>bool
        tsvector_lt 3616 tsvector,tsvector>bool
        tsvector_ne 3619 tsvector,tsvector>bool
        tsvector_to_array 3326 tsvector>_text
        unnest 3322 tsvector>record r (tsvector) [lexeme:text,positions:_int2,weights:_text]
        websearch_to_tsquery 5007 regconfig,text>tsquery; 5009 text>tsquery s
        """
}
