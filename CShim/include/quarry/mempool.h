// Memory pools: a reserve of elements, so that an allocation that may wait never fails.
#pragma once
#include "slab.h"

QUARRY_BEGIN

QUARRY_END
