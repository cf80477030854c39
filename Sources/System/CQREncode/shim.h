// Makes <qrencode.h> a Swift module.
#pragma once
#include <qrencode.h>
