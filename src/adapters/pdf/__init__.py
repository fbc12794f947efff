"""Certificates as printable PDF."""

from __future__ import annotations

from adapters.pdf.certificates import CertificatePdf
from adapters.pdf.typeface import Garamond

__all__ = ["CertificatePdf", "Garamond"]
