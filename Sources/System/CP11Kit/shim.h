// Makes p11-kit, and with it the interface of PKCS#11, a Swift module.
#pragma once
#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>
