extension FunctionTable {
    /// Functions of extensions, whose numbers PostgreSQL leaves to the database, and one of ours; in the form of the others.
    static let extensionFacts = """
        digest 9500 text,text>bytea; 9501 bytea,text>bytea
        gen_random_bytes 9502 int4>bytea v
        hmac 9503 text,text,text>bytea; 9504 bytea,bytea,text>bytea
        reql 9515 text>jsonb s; 9516 text,jsonb>jsonb s
        uuid_generate_v1 9505 >uuid v
        uuid_generate_v1mc 9506 >uuid v
        uuid_generate_v3 9507 uuid,text>uuid (namespace,name)
        uuid_generate_v4 9508 >uuid v
        uuid_generate_v5 9509 uuid,text>uuid (namespace,name)
        uuid_nil 9510 >uuid
        uuid_ns_dns 9511 >uuid
        uuid_ns_oid 9512 >uuid
        uuid_ns_url 9513 >uuid
        uuid_ns_x500 9514 >uuid
        """
}
