#include "quarry_layout.h"
