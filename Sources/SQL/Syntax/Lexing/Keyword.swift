/// A keyword of PostgreSQL 15, or one of the four that SQL has here beside them: CELL, CELLS, DATABASES, USE.
///
/// The cases stand in the order of their categories, so that a category is a range of raw values.
enum Keyword: UInt16, CaseIterable, Sendable {
    /// The token is not a keyword.
    case notKeyword

    // Unreserved: may be any name.
    case
        abort, absolute, access, action, add, admin, after, aggregate, also, alter, always, asensitive, assertion, assignment, at,
        atomic, attach, attribute, backward, before, begin, breadth, by, cache, call, called, cascade, cascaded, catalog, cell, cells,
        chain, characteristics, checkpoint, `class`, close, cluster, columns, comment, comments, commit, committed, compression,
        configuration, conflict, connection, constraints, content, `continue`, conversion, copy, cost, csv, cube, current, cursor, cycle,
        data, database, databases, day, deallocate, declare, defaults, deferred, definer, delete, delimiter, delimiters, depends, depth,
        detach, dictionary, disable, discard, document, domain, double, drop, each, enable, encoding, encrypted, `enum`, escape, event,
        exclude, excluding, exclusive, execute, explain, expression, `extension`, external, family, filter, finalize, first, following,
        force, forward, function, functions, generated, global, granted, groups, handler, header, hold, hour, identity, `if`, immediate,
        immutable, implicit, `import`, include, including, increment, index, indexes, inherit, inherits, inline, input, insensitive,
        insert, instead, invoker, isolation, key, label, language, large, last, leakproof, level, listen, load, local, location, lock,
        locked, logged, mapping, match, matched, materialized, maxvalue, merge, method, minute, minvalue, mode, month, move, name, names,
        new, next, nfc, nfd, nfkc, nfkd, no, normalized, nothing, notify, nowait, nulls, object, of, off, oids, old, `operator`, option,
        options, ordinality, others, over, overriding, owned, owner, parallel, parameter, parser, partial, partition, passing, password,
        plans, policy, preceding, prepare, prepared, preserve, prior, privileges, procedural, procedure, procedures, program,
        publication, quote, range, read, reassign, recheck, recursive, ref, referencing, refresh, reindex, relative, release, rename,
        repeatable, replace, replica, reset, restart, restrict, `return`, returns, revoke, role, rollback, rollup, routine, routines,
        rows, rule, savepoint, schema, schemas, scroll, search, second, security, sequence, sequences, serializable, server, session,
        set, sets, share, show, simple, skip, snapshot, sql, stable, standalone, start, statement, statistics, stdin, stdout, storage,
        stored, strict, strip, subscription, support, sysid, system, tables, tablespace, temp, template, temporary, text, ties,
        transaction, transform, trigger, truncate, trusted, type, types, uescape, unbounded, uncommitted, unencrypted, unknown, unlisten,
        unlogged, until, update, use, vacuum, valid, validate, validator, value, varying, version, view, views, volatile, whitespace,
        within, without, work, wrapper, write, xml, year, yes, zone

    // May be a column or table, not a function or type.
    case
        between, bigint, bit, boolean, char, character, coalesce, dec, decimal, exists, extract, float, greatest, grouping, `inout`, int,
        integer, interval, least, national, nchar, none, normalize, nullif, numeric, out, overlay, position, precision, real, row, setof,
        smallint, substring, time, timestamp, treat, trim, values, varchar, xmlattributes, xmlconcat, xmlelement, xmlexists, xmlforest,
        xmlnamespaces, xmlparse, xmlpi, xmlroot, xmlserialize, xmltable

    // May be a function or type, not a column or table.
    case
        authorization, binary, collation, concurrently, cross, currentSchema, freeze, full, ilike, inner, `is`, isnull, join, left, like,
        natural, notnull, outer, overlaps, right, similar, tablesample, verbose

    // Reserved: may only be a label after AS.
    case
        all, analyse, analyze, and, `any`, array, `as`, asc, asymmetric, both, `case`, cast, check, collate, column, constraint, create,
        currentCatalog, currentDate, currentRole, currentTime, currentTimestamp, currentUser, `default`, deferrable, desc, distinct,
        `do`, `else`, end, except, `false`, fetch, `for`, foreign, from, grant, group, having, `in`, initially, intersect, into, lateral,
        leading, limit, localtime, localtimestamp, not, null, offset, on, only, or, order, placing, primary, references, returning,
        select, sessionUser, some, symmetric, table, then, to, trailing, `true`, union, unique, user, using, variadic, when, `where`,
        window, with

    // NOT before BETWEEN, IN, LIKE, ILIKE or SIMILAR; NULLS before FIRST or LAST; WITH before TIME or ORDINALITY. The grammar needs to
    // tell these from the plain words before it has seen the next one.
    case notBefore, nullsBefore, withBefore

    /// What may be named by the word without quotes.
    enum Category {
        case unreserved, columnName, typeOrFunctionName, reserved
    }

    var category: Category {
        switch rawValue {
        case ...Keyword.zone.rawValue: .unreserved
        case ...Keyword.xmltable.rawValue: .columnName
        case ...Keyword.verbose.rawValue: .typeOrFunctionName
        default: .reserved
        }
    }

    /// Whether the word may name an output column without AS before it.
    var isBareLabel: Bool {
        switch self {
        case .array, .as, .char, .character, .create, .day, .except, .fetch, .filter, .for, .from, .grant, .group, .having, .hour,
            .intersect, .into, .isnull, .limit, .minute, .month, .notnull, .offset, .on, .order, .over, .overlaps, .precision,
            .returning, .second, .to, .union, .varying, .where, .window, .with, .within, .without, .year, .notBefore, .nullsBefore,
            .withBefore:
            false
        default:
            true
        }
    }

    /// The word as it is written, in lower case.
    var spelling: String {
        KeywordTable.shared.spellings[Int(rawValue)]
    }
}
