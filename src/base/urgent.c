#include "base/urgent.h"

atomic_size_t urgent_count;
