// SPDX-License-Identifier: Apache-2.0
module coview

go 1.19
