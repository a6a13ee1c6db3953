"""What people see of a video: its shots, and what it comes to."""

from __future__ import annotations

from toolkit.analyzer import Shown

SHOTS = Shown(
    "Shots",
    """
SELECT d.name AS document, s.shot, s.scene, s.starts_at, s.seconds, s.opened_by, round(s.confidence, 2) AS confidence,
    s.brightness, s.contrast, s.saturation, s.warmth, s.motion, p.palette, s.faces, s.shot_scale, s.first_frame,
    s.last_frame, s.opened_frames, s.key_frame, s.key_frame_file
FROM results.shots s JOIN raw.documents d USING (document_key)
LEFT JOIN (
    SELECT run, document_key, shot, string_agg(colour, ' ' ORDER BY place) FILTER (place <= 3) AS palette
    FROM results.palettes GROUP BY ALL
) p ON p.run = s.run AND p.document_key = s.document_key AND p.shot = s.shot
WHERE s.run IN (SELECT unnest($runs))
ORDER BY d.name, s.document_key, s.shot
""",
    bars=("seconds",),
    columns=("document", "shot", "scene", "starts_at", "seconds", "opened_by", "brightness", "palette"),
)
FILM = Shown(
    "The whole",
    """
SELECT d.name AS document, v.* EXCLUDE (run, document_key)
FROM results.videos v JOIN raw.documents d USING (document_key)
WHERE v.run IN (SELECT unnest($runs)) ORDER BY d.name, v.document_key
""",
)
SHOWS = (SHOTS, FILM)
