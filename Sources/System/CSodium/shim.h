// Makes <sodium.h> a Swift module.
#pragma once
#include <sodium.h>
