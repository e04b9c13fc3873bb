/// Greek: an ending is taken off, and for some words a part of it is put back.
enum GreekStemmer {
    static func stem(_ word: inout StemWord) {
        word.exchange(marked, for: plain)
        guard word.count >= 3 else { return }
        // The usual endings are not looked at if one of those before them was found.
        var isWhole = true
        if word.apply(irregular) != nil { isWhole = false }
        for step in firstSteps where step.take(from: &word) { isWhole = false }
        takePlural(&word)
        for step in middleSteps where step.take(from: &word) { isWhole = false }
        if word.isWhole("αγαμε") { word.replace(from: 0, with: "αγαμ") }
        for step in lastSteps where step.take(from: &word) { isWhole = false }
        word.apply(neuters)
        if isWhole { word.apply(usual) }
        word.apply(comparisons)
    }

    private static let marked = "άέήίόύώΐΰϊϋς"
    private static let plain = "αεηιουωηυηυσ"

    /// Endings, and what is put back behind which words.
    private struct Step: Sendable {
        let endings: Endings
        /// What is put back behind words that are one of a rule's words.
        var words: Endings?
        /// What is put back behind other words that end like one of a rule's.
        var tails: Endings?
        /// What becomes of the ends of words behind which nothing is put back.
        var changes: Endings?
        /// Nothing is put back behind words that end like one of these.
        var notBehind: Endings?
        /// Whether the usual endings are left alone if an ending was found.
        var isLast = true

        func take(from word: inout StemWord) -> Bool {
            guard word.apply(endings) != nil else { return false }
            if let notBehind, word.ending(notBehind) != nil { return isLast }
            let end = word.count
            if let words, let (rule, start) = words.longest(in: word.letters, before: end, from: 0), start == 0 {
                word.letters += words.rules[rule].replacement ?? []
            } else if let tails, let (rule, _) = tails.longest(in: word.letters, before: end, from: 0) {
                word.letters += tails.rules[rule].replacement ?? []
            } else if let changes {
                word.apply(changes)
            }
            return isLast
        }
    }

    private static let irregular: Endings = """
        >φα: φαγια φαγιου φαγιων
        >σκα: σκαγια σκαγιου σκαγιων
        >ολο: ολογιου ολογια ολογιων
        >σο: σογιου σογια σογιων
        >τατο: τατογια τατογιου τατογιων
        >κρε: κρεασ κρεατοσ κρεατα κρεατων
        >περ: περασ περατοσ περατη περατα περατων
        >τερ: τερασ τερατοσ τερατα τερατων
        >φω: φωσ φωτοσ φωτα φωτων
        >καθεστ: καθεστωσ καθεστωτοσ καθεστωτα καθεστωτων
        >γεγον: γεγονοσ γεγονοτοσ γεγονοτα γεγονοτων
        """

    private static let firstSteps: [Step] = [
        Step(
            endings: """
                -: ιζα ιζεσ ιζε ιζαμε ιζατε ιζαν ιζανε ιζω ιζεισ ιζει ιζουμε ιζετε ιζουν ιζουνε
                """,
            words: """
                >ι: αναμπα εμπα επα ξαναπα πα περιπα αθρο συναθρο δανε
                >ιζ: μαρκ κορν αμπαρ αρρ βαθυρι βαρκ β βολβορ γκρ γλυκορ γλυκυρ ιμπ λ λου μαρ μ πρ μπρ πολυρ π ρ πιπερορ
                """),
        Step(
            endings: """
                -: ωθηκα ωθηκεσ ωθηκε ωθηκαμε ωθηκατε ωθηκαν ωθηκανε
                """,
            words: """
                >ων: αλ βι εν υψ λι ζω σ χ
                """),
        Step(
            endings: """
                -: ισα ισεσ ισε ισαμε ισατε ισαν ισανε
                """,
            words: """
                >ι: αναμπα αθρο εμπα εσε εσωκλε επα ξαναπα επε περιπα συναθρο δανε κλε χαρτοπα εξαρχα μετεπε αποκλε απεκλε εκλε πε
                >ισ: αν αφ γε γιγαντοαφ γκε δημοκρατ κομ γκ μ π πουκαμ ολο λαρ
                """),
        Step(
            endings: """
                -: ισω ισεισ ισει ισουμε ισετε ισουν ισουνε
                """,
            words: """
                >ι: αναμπα εμπα εσε εσωκλε επα ξαναπα επε περιπα αθρο συναθρο δανε κλε χαρτοπα εξαρχα μετεπε αποκλε απεκλε εκλε πε
                """),
        Step(
            endings: """
                -: ιστοσ ιστου ιστο ιστε ιστοι ιστων ιστουσ ιστη ιστησ ιστα ιστεσ
                """,
            words: """
                >ι: δανε συναθρο κλε σε εσωκλε ασε πλε
                >ιστ: μ π απ αρ ηδ κτ σκ σχ υψ φα χρ χτ ακτ αορ ασχ ατα αχν αχτ γεμ γυρ εμπ ευπ εχθ ηφα καθ κακ κυλ λυγ μακ μεγ ταχ
                >ιστ: φιλ χωρ
                """),
        Step(
            endings: """
                -: ισμο ισμοι ισμοσ ισμου ισμουσ ισμων
                """,
            words: """
                >ισμ: σε μετασε μικροσε εγκλε αποκλε
                >ι: δανε αντιδανε
                """,
            changes: """
                >αγνωστ: αγνωστικ
                >ατομ: ατομικ
                >γνωστ: γνωστικ
                >εθν: εθνικ
                >εκλεκτ: εκλεκτικ
                >σκεπτ: σκεπτικ
                >τοπ: τοπικ
                >αλεξανδρ: αλεξανδριν
                >βυζαντ: βυζαντιν
                >θεατρ: θεατριν
                """),
        Step(
            endings: """
                -: αρακι αρακια ουδακι ουδακια
                """,
            words: """
                >αρακ: σ χ
                """),
        Step(
            endings: """
                -: ακι ακια ιτσα ιτσασ ιτσεσ ιτσων αρακι αρακια
                """,
            words: """
                >ακ: βαμβ βρ καιμ κον κορ λαβρ λουλ μερ μουστ ναγκασ πλ ρ ρυ σ σκ σοκ σπαν τζ φαρμ χ καπακ αλισφ αμβρ ανθρ κ φυλ
                >ακ: κατραπ κλιμ μαλ σλοβ φ σφ τσεχοσλοβ
                >ιτσ: β βαλ γιαν γλ ζ ηγουμεν καρδ κον μακρυν νυφ πατερ π σκ τοσ τριπολ
                """,
            tails: """
                >ιτσ: κορ
                """),
        Step(
            endings: """
                -: ιδιο ιδια ιδιων
                """,
            words: """
                >ιδ: αιφν ιρ ολο ψαλ
                """,
            tails: """
                >ιδ: ε παιχν
                """),
        Step(
            endings: """
                -: ισκοσ ισκου ισκο ισκε
                """,
            words: """
                >ισκ: δ ιβ μην ρ φραγκ λυκ οβελ
                """),
    ]

    /// `αδ` is put back unless the word ends like one of these.
    private static let plurals: Endings = "-: αδεσ αδων"
    private static let pluralsOfPersons: Endings = """
        ?: οκ μαμ μαν μπαμπ πατερ γιαγι νταντ κυρ θει πεθερ
        """

    private static func takePlural(_ word: inout StemWord) {
        if word.apply(plurals) != nil && word.ending(pluralsOfPersons) == nil { word.replace(from: word.count, with: "αδ") }
    }

    private static let middleSteps: [Step] = [
        Step(
            endings: """
                -: εδεσ εδων
                """,
            tails: """
                >εδ: οπ ιπ εμπ υπ γηπ δαπ κρασπ μιλ
                """,
            isLast: false),
        Step(
            endings: """
                -: ουδεσ ουδων
                """,
            tails: """
                >ουδ: αρκ καλιακ πεταλ λιχ πλεξ σκ σ φλ φρ βελ λουλ χν σπ τραγ φε
                """,
            isLast: false),
        Step(
            endings: """
                -: εωσ εων
                """,
            words: """
                >ε: θ δ ελ γαλ ν π ιδ παρ
                """),
        Step(
            endings: """
                -: ια ιου ιων
                """,
            tails: """
                >ι: α ε η ι ο υ ω
                """),
        Step(
            endings: """
                -: ικα ικο ικου ικων
                """,
            words: """
                >ικ: αλ αδ ενδ αμαν αμμοχαλ ηθ ανηθ αντιδ φυσ βρωμ γερ εξωδ καλπ καλλιν καταδ μουλ μπαν μπαγιατ μπολ μποσ νιτ ξικ
                >ικ: συνομηλ πετσ πιτσ πικαντ πλιατσ ποστελν πρωτοδ σερτ συναδ τσαμ υποδ φιλον φυλοδ χασ
                """,
            tails: """
                >ικ: α ε η ι ο υ ω
                """),
    ]

    private static let lastSteps: [Step] = [
        Step(
            endings: """
                -: αγαμε ησαμε ουσαμε ηκαμε ηθηκαμε
                """),
        Step(
            endings: "-: αμε",
            words: """
                >αμ: αναπ αποθ αποκ αποστ βουβ ξεθ ουλ πεθ πικρ ποτ σιχ χ
                """),
        Step(
            endings: """
                -: αγανε ησανε ουσανε ιοντανε ιοτανε ιουντανε οντανε οτανε ουντανε ηκανε ηθηκανε
                """,
            words: """
                >αγαν: τρ τσ
                """),
        Step(
            endings: "-: ανε",
            words: """
                >αν: βετερ βουλκ βραχμ γ δραδουμ θ καλπουζ καστελ κορμορ λαοπλ μωαμεθ μ μουσουλμ ν ουλ π πελεκ πλ πολισ πορτολ
                >αν: σαρακατσ σουλτ τσαρλατ ορφ τσιγγ τσοπ φωτοστεφ χ ψυχοπλ αγ γαλ γερ δεκ διπλ αμερικαν ουρ πιθ πουριτ σ ζωντ ικ
                >αν: καστ κοπ λιχ λουθηρ μαιντ μελ σιγ σπ στεγ τραγ τσαγ φ ερ αδαπ αθιγγ αμηχ ανικ ανοργ απηγ απιθ ατσιγγ βασ βασκ
                >αν: βαθυγαλ βιομηχ βραχυκ διατ διαφ ενοργ θυσ καπνοβιομηχ καταγαλ κλιβ κοιλαρφ λιβ μεγλοβιομηχ μικροβιομηχ νταβ
                >αν: ξηροκλιβ ολιγοδαμ ολογαλ πενταρφ περηφ περιτρ πλατ πολυδαπ πολυμηχ στεφ ταβ τετ υπερηφ υποκοπ χαμηλοδαπ ψηλοταβ
                """,
            tails: """
                >αν: α ε η ι ο ω
                """),
        Step(
            endings: """
                -: ησετε
                """),
        Step(
            endings: "-: ετε",
            words: """
                >ετ: αβαρ βεν εναρ αβρ αδ αθ αν απλ βαρον ντρ σκ κοπ μπορ νιφ παγ παρακαλ σερπ σκελ συρφ τοκ υ δ εμ θαρρ θ
                """,
            tails: """
                >ετ: οδ αιρ φορ ταθ διαθ σχ ενδ ευρ τιθ υπερθ ραθ ενθ ροθ σθ πυρ αιν συνδ συν συνθ χωρ πον βρ καθ ευθ εκθ νετ ρον αρκ
                >ετ: βαρ βολ ωφελ
                >ετ: α ε η ι ο ω
                """),
        Step(
            endings: """
                -: οντασ ωντασ
                """,
            words: """
                >οντ: αρχ
                """,
            tails: """
                >ωντ: κρε
                """),
        Step(
            endings: """
                -: ομαστε ιομαστε
                """,
            words: """
                >ομαστ: ον
                """),
        Step(
            endings: "-: ιεστε",
            words: """
                >ιεστ: π απ συμπ ασυμπ ακαταπ αμεταμφ
                """),
        Step(
            endings: "-: εστε",
            words: """
                >ιεστ: αλ αρ εκτελ ζ μ ξ παρακαλ προ νισ
                """),
        Step(
            endings: """
                -: ηθηκα ηθηκεσ ηθηκε
                """),
        Step(
            endings: """
                -: ηκα ηκεσ ηκε
                """,
            words: """
                >ηκ: διαθ θ παρακαταθ προσθ συνθ
                """,
            tails: """
                >ηκ: σκωλ σκουλ ναρθ σφ οθ πιθ
                """),
        Step(
            endings: """
                -: ουσα ουσεσ ουσε
                """,
            words: """
                >ουσ: φαρμακ χαδ αγκ αναρρ βρομ εκλιπ λαμπιδ λεχ μ πατ ρ λ μεδ μεσαζ υποτειν αμ αιθ ανηκ δεσποζ ενδιαφερ δε δευτερευ
                >ουσ: καθαρευ πλε τσα
                """,
            tails: """
                >ουσ: ποδαρ βλεπ πανταχ φρυδ μαντιλ μαλλ κυματ λαχ ληγ φαγ ομ πρωτ
                """),
        Step(
            endings: """
                -: ησε ησου ησα
                """,
            words: """
                >ησ: ν χερσον δωδεκαν ερημον μεγαλον επταν
                """),
        Step(
            endings: """
                -: αγα αγεσ αγε
                """,
            words: """
                >αγ: αβαστ πολυφ αδηφ παμφ ρ ασπ αφ αμαλ αμαλλι ανυστ απερ ασπαρ αχαρ δερβεν δροσοπ ξεφ νεοπ νομοτ ολοπ ομοτ προστ
                >αγ: προσωποπ συμπ συντ τ υποτ χαρ αειπ αιμοστ ανυπ αποτ αρτιπ διατ εν επιτ κροκαλοπ σιδηροπ λ ναυ ουλαμ ουρ π τρ μ
                """,
            tails: """
                >αγ: οφ πελ χορτ λλ σφ ρπ φρ πρ λοχ σμην
                >αγ: κολλ
                """,
            notBehind: """
                ?: ψοφ ναυλοχ
                """),
        Step(
            endings: """
                -: ηστε
                """,
            words: """
                >ηστ: ασβ σβ αχρ χρ απλ αειμν δυσχρ ευχρ κοινοχρ παλιμψ
                """),
        Step(
            endings: """
                -: ουνε ησουνε ηθουνε
                """,
            words: """
                >ουν: ν ρ σπι στραβομουτσ κακομουτσ εξων
                """),
        Step(
            endings: """
                -: ουμε ησουμε ηθουμε
                """,
            words: """
                >ουμ: παρασουσ φ χ ωριοπλ αζ αλλοσουσ ασουσ
                """),
    ]

    private static let neuters: Endings = ">μα: ματα ματων ματοσ"
    private static let usual: Endings = """
        -: α αγατε αγαν αει αμαι αν ασ ασαι αται αω ε ει εισ ειτε εσαι εσ εται ι ιεμαι ιεμαστε ιεται ιεσαι ιεσαστε ιομασταν
        -: ιομουν ιομουνα ιονταν ιοντουσαν ιοσασταν ιοσαστε ιοσουν ιοσουνα ιοταν ιουμα ιουμαστε ιουνται ιουνταν η ηδεσ ηδων
        -: ηθει ηθεισ ηθειτε ηθηκατε ηθηκαν ηθουν ηθω ηκατε ηκαν ησ ησαν ησατε ησει ησεσ ησουν ησω ο οι ομαι ομασταν ομουν
        -: ομουνα ονται ονταν οντουσαν οσ οσασταν οσαστε οσουν οσουνα οταν ου ουμαι ουμαστε ουν ουνται ουνταν ουσ ουσαν ουσατε
        -: υ υσ ω ων
        """
    private static let comparisons: Endings = "-: εστερ εστατ οτερ οτατ υτερ υτατ ωτερ ωτατ"
}
