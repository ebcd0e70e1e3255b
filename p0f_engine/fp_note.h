/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fp_note.h - remarks on a fingerprint file, and what a thorough reading
 * notices besides: labels without signatures, classes without labels, every
 * mistake instead of the first; private to fp_v3.c.
 *
 * Row 4. Startup, before fork.
 */
#ifndef P0F_FP_NOTE_H
#define P0F_FP_NOTE_H

#include "fp_sig.h"
#include "fp_v3.h"

#define P0F_FP_NOTE_CLASSES 64       /* classes whose use is looked after */

typedef struct {
    const char *name;                /* of the file; the caller's */
    p0f_fp_options_t options;
    uint32_t label_line;             /* of the label whose signatures are
                                        still to come, 0 none */
    uint32_t mistakes;
    enum {                           /* what depends on a line that is wrong */
        P0F_FP_SKIP_NOTHING, P0F_FP_SKIP_SIGS, P0F_FP_SKIP_SECTION
    } skip;
    uint32_t class_lines[P0F_FP_NOTE_CLASSES]; /* by number of the class; 0:
                                        not of this file, or used */
} p0f_fp_note_t;

void p0f_fp_note_init(p0f_fp_note_t *note, const char *name,
                      const p0f_fp_options_t *options);

/* Remarks on LINE. */
void p0f_fp_note_tell(const p0f_fp_note_t *note, uint32_t line,
                      const char *sentence);

/* The file declares or uses the class ID. */
void p0f_fp_note_class(p0f_fp_note_t *note, uint32_t id, uint32_t line);
void p0f_fp_note_class_used(p0f_fp_note_t *note, uint32_t id);

/* A label stands in LINE, a signature follows, a label or section ends. */
void p0f_fp_note_label(p0f_fp_note_t *note, uint32_t line);
void p0f_fp_note_sig(p0f_fp_note_t *note);
void p0f_fp_note_label_end(p0f_fp_note_t *note);

/* The whole LINE is wrong, ERR says why; reading goes on. */
void p0f_fp_note_mistake(p0f_fp_note_t *note, p0f_fptext_t line,
                         const p0f_error_t *err);

/* True if a line with KEY depends on one that was wrong. */
bool p0f_fp_note_left_out(p0f_fp_note_t *note, const char *key);

/* The file ends: ESYNTAX if it had mistakes. */
p0f_status_t p0f_fp_note_end(p0f_fp_note_t *note, const p0f_db_builder_t *b,
                             p0f_error_t *err);

#endif
