"""The tables of an import: batches and what they staged, decisions about it, files, and pairs that are two people."""

from imports.models.csv_files import CsvMapping, CsvUpload
from imports.models.decisions import BulkItem, BulkRun, ReviewDecision
from imports.models.judging import FittedCalibration, Thresholds
from imports.models.not_duplicates import NotDuplicate
from imports.models.staging import ImportBatch, LookupKey, MatchCandidate, StagedCall, StagedRecord
from imports.models.told_apart import ToldApart

__all__ = [
    "BulkItem", "BulkRun", "CsvMapping", "CsvUpload", "FittedCalibration", "ImportBatch", "LookupKey",
    "MatchCandidate", "NotDuplicate", "ReviewDecision", "StagedCall", "StagedRecord", "Thresholds", "ToldApart",
]  # fmt: skip
