// SPDX-License-Identifier: Apache-2.0
module driver

go 1.19

require coview v0.2.0

// Both are built in a copy of the sources, where the module stands so.
replace coview => ../../../../go
