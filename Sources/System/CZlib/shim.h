// Makes <zlib.h> a Swift module.
#pragma once
#include <zlib.h>
