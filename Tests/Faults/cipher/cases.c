#include "cases.h"

int main(int count, char **words) { return cases_main(count, words); }
