extension SettingFact {
    /// PostgreSQL's facts of its settings: the name, a letter for the kind (`b` a switch, `i` a whole number, `r` a number, `e` one of some
    /// words, `s` a text) and one for who may change it when (``Context``), of numbers the unit, the least and the greatest, of words these
    /// (`~` is a blank), then what it is at the start, in the unit.
    static let facts = """
        allow_in_place_tablespaces bs off
        allow_system_table_mods bs off
        application_name su
        archive_cleanup_command sh
        archive_command sh
        archive_library sh
        archive_mode ep always|on|off off
        archive_timeout ih s 0 1073741823 0
        array_nulls bu on
        authentication_timeout ih s 1 600 60
        autovacuum bh on
        autovacuum_analyze_scale_factor rh - 0 100 0.1
        autovacuum_analyze_threshold ih - 0 2147483647 50
        autovacuum_freeze_max_age ip - 100000 2000000000 200000000
        autovacuum_max_workers ip - 1 262143 3
        autovacuum_multixact_freeze_max_age ip - 10000 2000000000 400000000
        autovacuum_naptime ih s 1 2147483 60
        autovacuum_vacuum_cost_delay rh ms -1 100 2
        autovacuum_vacuum_cost_limit ih - -1 10000 -1
        autovacuum_vacuum_insert_scale_factor rh - 0 100 0.2
        autovacuum_vacuum_insert_threshold ih - -1 2147483647 1000
        autovacuum_vacuum_scale_factor rh - 0 100 0.2
        autovacuum_vacuum_threshold ih - 0 2147483647 50
        autovacuum_work_mem ih kB -1 2147483647 -1
        backend_flush_after iu 8kB 0 256 0
        backslash_quote eu safe_encoding|on|off safe_encoding
        backtrace_functions ss
        bgwriter_delay ih ms 10 10000 200
        bgwriter_flush_after ih 8kB 0 256 64
        bgwriter_lru_maxpages ih - 0 1073741823 100
        bgwriter_lru_multiplier rh - 0 10 2
        block_size ii - 8192 8192 8192
        bonjour bp off
        bonjour_name sp
        bytea_output eu escape|hex hex
        check_function_bodies bu on
        checkpoint_completion_target rh - 0 1 0.9
        checkpoint_flush_after ih 8kB 0 256 32
        checkpoint_timeout ih s 30 86400 300
        checkpoint_warning ih s 0 2147483647 30
        client_connection_check_interval iu ms 0 2147483647 0
        client_encoding su SQL_ASCII
        client_min_messages eu debug5|debug4|debug3|debug2|debug1|log|notice|warning|error notice
        cluster_name sp
        commit_delay is - 0 100000 0
        commit_siblings iu - 0 1000 5
        composite_type_mismatch es error|warn|disabled error
        compute_query_id es auto|regress|on|off auto
        config_file sp
        constraint_exclusion eu partition|on|off partition
        cpu_index_tuple_cost ru - 0 1.79769e+308 0.005
        cpu_operator_cost ru - 0 1.79769e+308 0.0025
        cpu_tuple_cost ru - 0 1.79769e+308 0.01
        cursor_tuple_fraction ru - 0 1 0.1
        data_checksums bi off
        data_directory sp
        data_directory_mode ii - 0 511 448
        data_sync_retry bp off
        datestyle su ISO, MDY
        db_user_namespace bh off
        deadlock_timeout is ms 1 2147483647 1000
        debug_assertions bi off
        debug_discard_caches is - 0 0 0
        debug_pretty_print bu on
        debug_print_parse bu off
        debug_print_plan bu off
        debug_print_rewritten bu off
        default_statistics_target iu - 1 10000 100
        default_table_access_method su heap
        default_tablespace su
        default_text_search_config su pg_catalog.simple
        default_toast_compression eu pglz|lz4 pglz
        default_transaction_deferrable bu off
        default_transaction_isolation eu serializable|repeatable~read|read~committed|read~uncommitted read committed
        default_transaction_read_only bu off
        dynamic_library_path ss $libdir
        dynamic_shared_memory_type ep posix|sysv|mmap posix
        effective_cache_size iu 8kB 1 2147483647 524288
        effective_io_concurrency iu - 0 1000 1
        enable_async_append bu on
        enable_bitmapscan bu on
        enable_gathermerge bu on
        enable_hashagg bu on
        enable_hashjoin bu on
        enable_incremental_sort bu on
        enable_indexonlyscan bu on
        enable_indexscan bu on
        enable_material bu on
        enable_memoize bu on
        enable_mergejoin bu on
        enable_nestloop bu on
        enable_parallel_append bu on
        enable_parallel_hash bu on
        enable_partition_pruning bu on
        enable_partitionwise_aggregate bu off
        enable_partitionwise_join bu off
        enable_seqscan bu on
        enable_sort bu on
        enable_tidscan bu on
        escape_string_warning bu on
        event_source sp PostgreSQL
        exit_on_error bu off
        external_pid_file sp
        extra_float_digits iu - -15 3 1
        force_parallel_mode eu off|on|regress off
        from_collapse_limit iu - 1 2147483647 8
        fsync bh on
        full_page_writes bh on
        geqo bu on
        geqo_effort iu - 1 10 5
        geqo_generations iu - 0 2147483647 0
        geqo_pool_size iu - 0 2147483647 0
        geqo_seed ru - 0 1 0
        geqo_selection_bias ru - 1.5 2 2
        geqo_threshold iu - 2 2147483647 12
        gin_fuzzy_search_limit iu - 0 2147483647 0
        gin_pending_list_limit iu kB 64 2147483647 4096
        hash_mem_multiplier ru - 1 1000 2
        hba_file sp
        hot_standby bp on
        hot_standby_feedback bh off
        huge_page_size ip kB 0 2147483647 0
        huge_pages ep off|on|try try
        ident_file sp
        idle_in_transaction_session_timeout iu ms 0 2147483647 0
        idle_session_timeout iu ms 0 2147483647 0
        ignore_checksum_failure bs off
        ignore_invalid_pages bp off
        ignore_system_indexes bb off
        in_hot_standby bi off
        integer_datetimes bi on
        intervalstyle eu postgres|postgres_verbose|sql_standard|iso_8601 postgres
        jit bu on
        jit_above_cost ru - -1 1.79769e+308 100000
        jit_debugging_support bc off
        jit_dump_bitcode bs off
        jit_expressions bu on
        jit_inline_above_cost ru - -1 1.79769e+308 500000
        jit_optimize_above_cost ru - -1 1.79769e+308 500000
        jit_profiling_support bc off
        jit_provider sp llvmjit
        jit_tuple_deforming bu on
        join_collapse_limit iu - 1 2147483647 8
        krb_caseins_users bh off
        krb_server_keyfile sh FILE:/etc/postgresql-common/krb5.keytab
        lc_collate si C
        lc_ctype si C
        lc_messages ss
        lc_monetary su C
        lc_numeric su C
        lc_time su C
        listen_addresses sp localhost
        lo_compat_privileges bs off
        local_preload_libraries su
        lock_timeout iu ms 0 2147483647 0
        log_autovacuum_min_duration ih ms -1 2147483647 600000
        log_checkpoints bh on
        log_connections bc off
        log_destination sh stderr
        log_directory sh log
        log_disconnections bc off
        log_duration bs off
        log_error_verbosity es terse|default|verbose default
        log_executor_stats bs off
        log_file_mode ih - 0 511 384
        log_filename sh postgresql-%Y-%m-%d_%H%M%S.log
        log_hostname bh off
        log_line_prefix sh %m [%p]
        log_lock_waits bs off
        log_min_duration_sample is ms -1 2147483647 -1
        log_min_duration_statement is ms -1 2147483647 -1
        log_min_error_statement es debug5|debug4|debug3|debug2|debug1|info|notice|warning|error|log|fatal|panic error
        log_min_messages es debug5|debug4|debug3|debug2|debug1|info|notice|warning|error|log|fatal|panic warning
        log_parameter_max_length is B -1 1073741823 -1
        log_parameter_max_length_on_error iu B -1 1073741823 0
        log_parser_stats bs off
        log_planner_stats bs off
        log_recovery_conflict_waits bh off
        log_replication_commands bs off
        log_rotation_age ih min 0 35791394 1440
        log_rotation_size ih kB 0 2097151 10240
        log_startup_progress_interval ih ms 0 2147483647 10000
        log_statement es none|ddl|mod|all none
        log_statement_sample_rate rs - 0 1 1
        log_statement_stats bs off
        log_temp_files is kB -1 2147483647 -1
        log_timezone sh GMT
        log_transaction_sample_rate rs - 0 1 0
        log_truncate_on_rotation bh off
        logging_collector bp off
        logical_decoding_work_mem iu kB 64 2147483647 65536
        maintenance_io_concurrency iu - 0 1000 10
        maintenance_work_mem iu kB 1024 2147483647 65536
        max_connections ip - 1 262143 100
        max_files_per_process ip - 64 2147483647 1000
        max_function_args ii - 100 100 100
        max_identifier_length ii - 63 63 63
        max_index_keys ii - 32 32 32
        max_locks_per_transaction ip - 10 2147483647 64
        max_logical_replication_workers ip - 0 262143 4
        max_parallel_maintenance_workers iu - 0 1024 2
        max_parallel_workers iu - 0 1024 8
        max_parallel_workers_per_gather iu - 0 1024 2
        max_pred_locks_per_page ih - 0 2147483647 2
        max_pred_locks_per_relation ih - -2147483648 2147483647 -2
        max_pred_locks_per_transaction ip - 10 2147483647 64
        max_prepared_transactions ip - 0 262143 0
        max_replication_slots ip - 0 262143 10
        max_slot_wal_keep_size ih MB -1 2147483647 -1
        max_stack_depth is kB 100 2147483647 100
        max_standby_archive_delay ih ms -1 2147483647 30000
        max_standby_streaming_delay ih ms -1 2147483647 30000
        max_sync_workers_per_subscription ih - 0 262143 2
        max_wal_senders ip - 0 262143 10
        max_wal_size ih MB 2 2147483647 1024
        max_worker_processes ip - 0 262143 8
        min_dynamic_shared_memory ip MB 0 2147483647 0
        min_parallel_index_scan_size iu 8kB 0 715827882 64
        min_parallel_table_scan_size iu 8kB 0 715827882 1024
        min_wal_size ih MB 2 2147483647 80
        old_snapshot_threshold ip min -1 86400 -1
        parallel_leader_participation bu on
        parallel_setup_cost ru - 0 1.79769e+308 1000
        parallel_tuple_cost ru - 0 1.79769e+308 0.1
        password_encryption eu md5|scram-sha-256 scram-sha-256
        plan_cache_mode eu auto|force_generic_plan|force_custom_plan auto
        port ip - 1 65535 5432
        post_auth_delay ib s 0 2147 0
        pre_auth_delay ih s 0 60 0
        primary_conninfo sh
        primary_slot_name sh
        promote_trigger_file sh
        quote_all_identifiers bu off
        random_page_cost ru - 0 1.79769e+308 4
        recovery_end_command sh
        recovery_init_sync_method eh fsync|syncfs fsync
        recovery_min_apply_delay ih ms 0 2147483647 0
        recovery_prefetch eh off|on|try try
        recovery_target sp
        recovery_target_action ep pause|promote|shutdown pause
        recovery_target_inclusive bp on
        recovery_target_lsn sp
        recovery_target_name sp
        recovery_target_time sp
        recovery_target_timeline sp latest
        recovery_target_xid sp
        recursive_worktable_factor ru - 0.001 1e+06 10
        remove_temp_files_after_crash bh on
        restart_after_crash bh on
        restore_command sh
        restrict_nonsystem_relation_kind su
        row_security bu on
        search_path su "$user", public
        seed ru - -1 1 0
        segment_size ii 8kB 131072 131072 131072
        seq_page_cost ru - 0 1.79769e+308 1
        server_encoding si SQL_ASCII
        server_version si 15.20 (Debian 15.20-0+deb12u1)
        server_version_num ii - 150020 150020 150020
        session_preload_libraries ss
        session_replication_role es origin|replica|local origin
        shared_buffers ip 8kB 16 1073741823 16384
        shared_memory_size ii MB 0 2147483647 0
        shared_memory_size_in_huge_pages ii - -1 2147483647 -1
        shared_memory_type ep sysv|mmap mmap
        shared_preload_libraries sp
        ssl bh off
        ssl_ca_file sh
        ssl_cert_file sh server.crt
        ssl_ciphers sh HIGH:MEDIUM:+3DES:!aNULL
        ssl_crl_dir sh
        ssl_crl_file sh
        ssl_dh_params_file sh
        ssl_ecdh_curve sh prime256v1
        ssl_key_file sh server.key
        ssl_library si OpenSSL
        ssl_max_protocol_version eh |TLSv1|TLSv1.1|TLSv1.2|TLSv1.3 
        ssl_min_protocol_version eh TLSv1|TLSv1.1|TLSv1.2|TLSv1.3 TLSv1.2
        ssl_passphrase_command sh
        ssl_passphrase_command_supports_reload bh off
        ssl_prefer_server_ciphers bh on
        standard_conforming_strings bu on
        statement_timeout iu ms 0 2147483647 0
        stats_fetch_consistency eu none|cache|snapshot cache
        superuser_reserved_connections ip - 0 262143 3
        synchronize_seqscans bu on
        synchronous_commit eu local|remote_write|remote_apply|on|off on
        synchronous_standby_names sh
        syslog_facility eh local0|local1|local2|local3|local4|local5|local6|local7 local0
        syslog_ident sh postgres
        syslog_sequence_numbers bh on
        syslog_split_messages bh on
        tcp_keepalives_count iu - 0 2147483647 0
        tcp_keepalives_idle iu s 0 2147483647 0
        tcp_keepalives_interval iu s 0 2147483647 0
        tcp_user_timeout iu ms 0 2147483647 0
        temp_buffers iu 8kB 100 1073741823 1024
        temp_file_limit is kB -1 2147483647 -1
        temp_tablespaces su
        timezone su GMT
        timezone_abbreviations su
        trace_notify bu off
        trace_recovery_messages eh debug5|debug4|debug3|debug2|debug1|log|notice|warning|error log
        trace_sort bu off
        track_activities bs on
        track_activity_query_size ip B 100 1048576 1024
        track_commit_timestamp bp off
        track_counts bs on
        track_functions es none|pl|all none
        track_io_timing bs off
        track_wal_io_timing bs off
        transaction_deferrable bu off
        transaction_isolation eu serializable|repeatable~read|read~committed|read~uncommitted read committed
        transaction_read_only bu off
        transform_null_equals bu off
        unix_socket_directories sp
        unix_socket_group sp
        unix_socket_permissions ip - 0 511 511
        update_process_title bs on
        vacuum_cost_delay ru ms 0 100 0
        vacuum_cost_limit iu - 1 10000 200
        vacuum_cost_page_dirty iu - 0 10000 20
        vacuum_cost_page_hit iu - 0 10000 1
        vacuum_cost_page_miss iu - 0 10000 2
        vacuum_defer_cleanup_age ih - 0 1000000 0
        vacuum_failsafe_age iu - 0 2100000000 1600000000
        vacuum_freeze_min_age iu - 0 1000000000 50000000
        vacuum_freeze_table_age iu - 0 2000000000 150000000
        vacuum_multixact_failsafe_age iu - 0 2100000000 1600000000
        vacuum_multixact_freeze_min_age iu - 0 1000000000 5000000
        vacuum_multixact_freeze_table_age iu - 0 2000000000 150000000
        wal_block_size ii - 8192 8192 8192
        wal_buffers ip 8kB -1 262143 -1
        wal_compression es pglz|lz4|zstd|on|off off
        wal_consistency_checking ss
        wal_decode_buffer_size ip B 65536 1073741823 524288
        wal_init_zero bs on
        wal_keep_size ih MB 0 2147483647 0
        wal_level ep minimal|replica|logical replica
        wal_log_hints bp off
        wal_receiver_create_temp_slot bh off
        wal_receiver_status_interval ih s 0 2147483 10
        wal_receiver_timeout ih ms 0 2147483647 60000
        wal_recycle bs on
        wal_retrieve_retry_interval ih ms 1 2147483647 5000
        wal_segment_size ii B 1048576 1073741824 16777216
        wal_sender_timeout iu ms 0 2147483647 60000
        wal_skip_threshold iu kB 0 2147483647 2048
        wal_sync_method eh fsync|fdatasync|open_sync|open_datasync fdatasync
        wal_writer_delay ih ms 1 10000 200
        wal_writer_flush_after ih 8kB 0 2147483647 128
        work_mem iu kB 64 2147483647 4096
        xmlbinary eu base64|hex base64
        xmloption eu content|document content
        zero_damaged_pages bs off
        """
}
