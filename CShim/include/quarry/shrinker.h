// Shrinkers: what a program can give up when memory is short.
#pragma once
#include "gfp.h"

QUARRY_BEGIN

QUARRY_END
