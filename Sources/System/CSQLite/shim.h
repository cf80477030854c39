// Makes <sqlite3.h> a Swift module.
#pragma once
#include <sqlite3.h>
