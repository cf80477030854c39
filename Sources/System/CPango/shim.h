// Makes Pango, cairo with its PDF surface, and fontconfig a Swift module.
#pragma once
#include <cairo-pdf.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>
