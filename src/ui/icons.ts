/** The icon set as panels draw from it: one place, so that an icon means the same thing everywhere. */
export {
  Check,
  ChevronRight,
  Copy,
  Crosshair,
  Download,
  FileText,
  Minus,
  Pause,
  Play,
  Plus,
  Sheet,
  TriangleAlert,
} from 'lucide-react';
