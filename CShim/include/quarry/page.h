// Whole pages: blocks of 2^order pages, naturally aligned.
#pragma once
#include "gfp.h"

QUARRY_BEGIN

QUARRY_END
