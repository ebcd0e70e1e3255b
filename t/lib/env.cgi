#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Answers with its environment, each variable ended by a zero byte.
printf 'Content-Type: application/octet-stream\r\n\r\n'
exec env -0
