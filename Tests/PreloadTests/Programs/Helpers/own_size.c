// Does nothing but to say how much of it is resident.

#include "check.h"

int main(void) { printf("%zu", resident()); }
