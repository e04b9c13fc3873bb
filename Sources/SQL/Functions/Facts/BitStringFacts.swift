extension FunctionTable {
    /// PostgreSQL's facts of its functions for bit and varbit, in the form of the others.
    static let bitStringFacts = """
        bit 1683 int4,int4>bit; 1685 bit,int4,bool>bit; 2075 int8,int4>bit
        bit_and 2242 bit>bit na
        bit_count 6162 bit>int8
        bit_length 1812 bit>int4
        bit_or 2243 bit>bit na
        bit_xor 6167 bit>bit na
        bitand 1673 bit,bit>bit
        bitcat 1679 varbit,varbit>varbit
        bitcmp 1596 bit,bit>int4
        biteq 1581 bit,bit>bool
        bitge 1592 bit,bit>bool
        bitgt 1593 bit,bit>bool
        bitle 1594 bit,bit>bool
        bitlt 1595 bit,bit>bool
        bitne 1582 bit,bit>bool
        bitnot 1676 bit>bit
        bitor 1674 bit,bit>bit
        bitshiftleft 1677 bit,int4>bit
        bitshiftright 1678 bit,int4>bit
        bitxor 1675 bit,bit>bit
        get_bit 3032 bit,int4>int4
        int4 1684 bit>int4
        int8 2076 bit>int8
        length 1681 bit>int4
        octet_length 1682 bit>int4
        overlay 3030 bit,bit,int4,int4>bit; 3031 bit,bit,int4>bit
        position 1698 bit,bit>int4
        set_bit 3033 bit,int4,int4>bit
        substring 1680 bit,int4,int4>bit; 1699 bit,int4>bit
        varbit 1687 varbit,int4,bool>varbit
        varbitcmp 1672 varbit,varbit>int4
        varbiteq 1666 varbit,varbit>bool
        varbitge 1668 varbit,varbit>bool
        varbitgt 1669 varbit,varbit>bool
        varbitle 1670 varbit,varbit>bool
        varbitlt 1671 varbit,varbit>bool
        varbitne 1667 varbit,varbit>bool
        """
}

extension OperatorTable {
    /// PostgreSQL's facts of its operators for bit and varbit, in the form of the others.
    static let bitStringFacts = """
        # 1793 bit,bit>bit 1675
        & 1791 bit,bit>bit 1673
        < 1786 bit,bit>bool 1595; 1806 varbit,varbit>bool 1671
        << 1795 bit,int4>bit 1677
        <= 1788 bit,bit>bool 1594; 1808 varbit,varbit>bool 1670
        <> 1785 bit,bit>bool 1582; 1805 varbit,varbit>bool 1667
        = 1784 bit,bit>bool 1581; 1804 varbit,varbit>bool 1666
        > 1787 bit,bit>bool 1593; 1807 varbit,varbit>bool 1669
        >= 1789 bit,bit>bool 1592; 1809 varbit,varbit>bool 1668
        >> 1796 bit,int4>bit 1678
        | 1792 bit,bit>bit 1674
        || 1797 varbit,varbit>varbit 1679
        ~ 1794 ,bit>bit 1676
        """
}
