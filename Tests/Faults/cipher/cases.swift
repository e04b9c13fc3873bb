// The same as cases.c, with the cipher as Swift's compiler makes it.
import Foundation

exit(cases_main(CommandLine.argc, CommandLine.unsafeArgv))
